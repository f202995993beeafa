package io.pageproxy.source.dumper;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.HandlerNames;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A dumper's connection between two of its sessions, see {@link KeptDumpers}. Runs on the channel's
 * event loop, which changes with the session, except for the methods that any thread may call.
 */
final class KeptDumper extends ChannelInboundHandlerAdapter {
    /** Keeps the dumpers and receives their state changes, on their event loops. */
    interface Owner {
        /** How long a dumper that has begun a session waits for an accepted one. */
        Duration acceptTimeout();

        /** The dumper has begun its next session, and waits for one to be accepted. */
        void onWaiting(KeptDumper dumper);

        /** The dumper is no longer kept. */
        void onOver(KeptDumper dumper);

        /** A dumper is cut off for this reason. */
        void onGivenUp(String why);
    }

    /** The progress towards the next session, drawn in {@link KeptDumpers}. */
    private enum State {
        IDLE,
        WAITING,
        OVER
    }

    private final Owner owner;
    private final Dumper dumper;
    private final Channel channel;
    private State state = State.IDLE;
    private Future<?> limit;

    /**
     * @param dumper of the session that is over; this handler replaces its handlers
     */
    KeptDumper(Owner owner, Dumper dumper) {
        this.owner = owner;
        this.dumper = dumper;
        this.channel = dumper.channel();
    }

    /** Waits for the first bytes of the next session. */
    void idle(Duration longest) {
        limit(longest, "none began within --dumper-idle-timeout " + longest.toSeconds() + "s");
        channel.pipeline().remove(HandlerNames.DUMPER_SILENCE);
        channel.pipeline().replace(HandlerNames.DUMPER, HandlerNames.KEPT_DUMPER, this);
        channel.config().setAutoRead(true);
    }

    private void limit(Duration longest, String why) {
        limit =
                channel.eventLoop()
                        .schedule(() -> giveUp(why), longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What was read stays in the connection's block, for the next session. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        if (state == State.IDLE) {
            channel.config().setAutoRead(false);
            limit.cancel(false);
            await();
        }
    }

    private void await() {
        state = State.WAITING;
        Duration longest = owner.acceptTimeout();
        limit(longest, "none was accepted within --handshake-timeout " + longest.toSeconds() + "s");
        owner.onWaiting(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        dumper.reads().release();
    }

    private void end() {
        state = State.OVER;
        limit.cancel(false);
        owner.onOver(this);
    }

    /** Gives the dumper up unless it has a session by now; any thread. */
    void refuse(String why) {
        EventLoops.tryExecute(channel.eventLoop(), () -> giveUp(why));
    }

    /** Does the same, but reports it only if the dumper waits for a session; any thread. */
    void stop() {
        EventLoops.tryExecute(
                channel.eventLoop(),
                () -> {
                    if (state == State.IDLE) {
                        letGo();
                    } else {
                        giveUp("pageproxy was told to stop");
                    }
                });
    }

    private void giveUp(String why) {
        if (state != State.OVER) {
            owner.onGivenUp(why);
            letGo();
        }
    }

    /**
     * Resets the socket only if the dumper has sent more, because a reset could overtake the
     * success.
     */
    private void letGo() {
        boolean heardIt = state == State.WAITING;
        end();
        if (heardIt) {
            dumper.disconnect();
        } else {
            dumper.close();
        }
    }

    /** Gives a waiting dumper a session, on that session's event loop; any thread. */
    void serve(DumperPlace place) {
        EventLoops.tryExecute(channel.eventLoop(), () -> moveTo(place));
    }

    private void moveTo(DumperPlace place) {
        if (state == State.OVER) {
            place.loop().execute(place.pipeline()::onGone);
            return;
        }
        end();
        if (channel.eventLoop() == place.loop()) {
            attachTo(place);
            return;
        }
        channel.deregister()
                .addListener(
                        left ->
                                place.loop()
                                        .register(channel)
                                        .addListener(registered -> attachTo(place)));
    }

    private void attachTo(DumperPlace place) {
        if (!channel.isRegistered() || !channel.isActive()) {
            dumper.disconnect();
            place.pipeline().onGone();
            return;
        }
        Dumper next = place.pipeline().dumper(channel, dumper.reads());
        if (!place.pipeline().admits(next)) {
            await(); // Another dumper came first, or the session has just failed.
            return;
        }
        channel.pipeline().remove(this);
        place.pipeline().follow(next);
        channel.config().setAutoRead(true);
        channel.pipeline()
                .fireChannelRead(dumper.reads().block().retain())
                .fireChannelReadComplete();
    }
}
