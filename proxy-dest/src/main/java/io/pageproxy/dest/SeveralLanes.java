package io.pageproxy.dest;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.pageproxy.dest.ReorderWindow.Held;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.LaneChannels;
import io.pageproxy.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several connections: blocks pass a {@link ReorderWindow}, and the end is acted on when it has
 * been said on every lane and all blocks went on. From then on the further lanes are of no more
 * use, and closed. Everything runs on the session's event loop; {@link DestLane} brings it there.
 */
final class SeveralLanes implements DestLanes {
    private static final Logger LOG = LoggerFactory.getLogger(SeveralLanes.class);

    private final EventLoop loop;
    private final LaneInvitation invitation;
    private final Consumer<Block> blocks;
    private final Consumer<End> ends;
    private final BiConsumer<CloseReason, String> failures;
    private final ReorderWindow window;

    /** By the lanes' numbers; null where one has not joined. */
    private final LaneCredit[] credits;

    private boolean opened;
    private boolean paused;
    private boolean passingOn;
    private boolean over;
    private End end;
    private boolean ended;

    /**
     * The lanes of a session that is about to be accepted.
     *
     * @param blocks gets each block in its turn, and its content with it
     * @param ends gets the end after all blocks
     * @param failures hears why the session cannot go on
     */
    SeveralLanes(
            Tunnel first,
            LaneInvitation invitation,
            EventLoop loop,
            Consumer<Block> blocks,
            Consumer<End> ends,
            BiConsumer<CloseReason, String> failures) {
        this.loop = loop;
        this.invitation = invitation;
        this.blocks = blocks;
        this.ends = ends;
        this.failures = failures;
        int lanes = invitation.grant().lanes();
        this.window = new ReorderWindow(lanes);
        this.credits = new LaneCredit[lanes];
        this.credits[0] = new LaneCredit(first);
        invitation.issue(this);
    }

    EventLoop loop() {
        return loop;
    }

    @Override
    public LaneGrant grant() {
        return invitation.grant();
    }

    /**
     * A connection that had the token has become that lane. Of a session that has failed meanwhile
     * it hears nothing: why is said on the first lane, which must not be overtaken.
     */
    void admit(int lane, LaneCredit credit) {
        if (over) {
            credits[lane] = credit;
            first().closeFuture().addListener(closed -> credit.tunnel().close());
            return;
        }
        if (opened) {
            credit.tunnel().close();
            return;
        }
        credits[lane] = credit;
        credit.tunnel().send(new Joined(lane));
    }

    @Override
    public void open() {
        invitation.withdraw();
        for (int lane = 0; lane < credits.length; lane++) {
            if (credits[lane] == null) {
                throw new SessionException(
                        CloseReason.TUNNEL_PROTOCOL,
                        "the source begins its stream, but lane " + lane + " has not joined");
            }
        }
        opened = true;
        guarded(this::passOn);
    }

    @Override
    public void take(Block block) {
        credits[0].arrived(block);
        take(0, block);
    }

    void take(int lane, Block block) {
        if (over) {
            credits[lane].passedOn(block);
            block.content().release();
            return;
        }
        guarded(
                () -> {
                    window.put(lane, block);
                    passOn();
                });
    }

    @Override
    public void end(End said) {
        end(0, said);
    }

    void end(int lane, End said) {
        if (over) {
            return;
        }
        guarded(
                () -> {
                    if (end != null && !end.equals(said)) {
                        throw new SessionException(
                                CloseReason.TUNNEL_PROTOCOL, "the lanes' ends differ");
                    }
                    end = said;
                    window.end(lane);
                    passOn();
                });
    }

    /** A lane is of no more use; before the end was acted on that is the session's end. */
    void lost(int lane, CloseReason reason, String message) {
        if (!ended && !over) {
            failures.accept(reason, "lane " + lane + ": " + message);
        }
    }

    @Override
    public void flow(boolean on) {
        paused = !on;
        guarded(this::passOn);
    }

    /** To pass a block on may lead to {@link #flow}, and so back here. */
    private void passOn() {
        if (passingOn) {
            return;
        }
        passingOn = true;
        try {
            for (Held due; mayPassOn() && (due = window.poll()) != null; ) {
                credits[due.lane()].passedOn(due.block());
                blocks.accept(due.block());
            }
            if (mayPassOn() && window.isDrained()) {
                actOnEnd();
            }
        } finally {
            passingOn = false;
        }
    }

    private boolean mayPassOn() {
        return opened && !paused && !over && !ended;
    }

    private void actOnEnd() {
        if (!end.blocks().equals(OptionalLong.of(window.polledBlocks()))) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source counted "
                            + (end.blocks().isPresent() ? end.blocks().getAsLong() : "no")
                            + " blocks, the destination "
                            + window.polledBlocks());
        }
        ended = true;
        further().forEach(Channel::close);
        ends.accept(end);
    }

    /** What a lane brings must not end in the lane's handler, which knows nothing of sessions. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (SessionException e) {
            failures.accept(e.reason(), e.getMessage());
        } catch (PageStreamException e) {
            failures.accept(CloseReason.DUMPER_PROTOCOL, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("a fault of pageproxy's own, please report it", e);
            failures.accept(CloseReason.LOCAL_FAILURE, "a fault of pageproxy's own: " + e);
        }
    }

    private Channel first() {
        return credits[0].tunnel().channel();
    }

    /** Connections that its source has begun to make still find it, and wait for its last word. */
    @Override
    public void over() {
        over = true;
        first().closeFuture().addListener(closed -> invitation.withdraw());
        window.release();
        for (LaneCredit credit : credits) {
            if (credit != null) {
                credit.tunnel().setReading(true);
            }
        }
    }

    private List<Channel> further() {
        List<Channel> channels = new ArrayList<>();
        for (int lane = 1; lane < credits.length; lane++) {
            if (credits[lane] != null) {
                channels.add(credits[lane].tunnel().channel());
            }
        }
        return channels;
    }

    @Override
    public CompletableFuture<Void> closed() {
        return LaneChannels.closeAfter(first(), further());
    }

    @Override
    public long sentBytes() {
        return sum(Tunnel::sentBytes);
    }

    @Override
    public long receivedBytes() {
        return sum(Tunnel::receivedBytes);
    }

    private long sum(ToLongFunction<Tunnel> count) {
        long sum = 0;
        for (LaneCredit credit : credits) {
            sum += credit == null ? 0 : count.applyAsLong(credit.tunnel());
        }
        return sum;
    }
}
