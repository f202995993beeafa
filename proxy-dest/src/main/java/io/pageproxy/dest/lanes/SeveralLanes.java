package io.pageproxy.dest.lanes;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.pageproxy.dest.lanes.ReorderWindow.Held;
import io.pageproxy.dest.session.SessionFacts;
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
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several connections: blocks pass a {@link ReorderWindow}, and the end is delivered once it has
 * arrived on every lane and all blocks were delivered. Then the further lanes are closed.
 * Everything runs on the session's event loop; {@link DestLane} brings it there.
 */
public final class SeveralLanes implements DestLanes, LaneGroup {
    private static final Logger LOG = LoggerFactory.getLogger(SeveralLanes.class);

    private final EventLoop loop;
    private final LaneRegistry registry;
    private final LaneInvitation invitation;
    private final LaneListener listener;
    private final ReorderWindow window;

    /** Indexed by lane number; null if that lane has not joined. */
    private final LaneCredit[] credits;

    private boolean opened;
    private boolean paused;
    private boolean passingOn;
    private boolean over;
    private End end;
    private boolean ended;

    /**
     * The lanes of a session that is about to be accepted; from now on further lanes may join.
     *
     * @param registry where connections find the session
     * @param first the session's own connection, which is lane 0
     * @param lanes how many lanes are granted; at least 2
     * @param peerTimeoutMillis the peer timeout that the source has announced
     * @param loop the session's event loop
     * @param listener receives the stream
     */
    public SeveralLanes(
            LaneRegistry registry,
            Tunnel first,
            int lanes,
            long peerTimeoutMillis,
            EventLoop loop,
            LaneListener listener) {
        this.loop = loop;
        this.registry = registry;
        this.invitation = registry.invite(lanes, first.security().peer(), peerTimeoutMillis);
        this.listener = listener;
        this.window = new ReorderWindow(lanes);
        this.credits = new LaneCredit[lanes];
        this.credits[0] = new LaneCredit(first);
        registry.issue(invitation, this);
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public LaneGrant grant() {
        return invitation.grant();
    }

    /**
     * If the session has failed meanwhile, the lane is told nothing and closes with the first: the
     * first lane carries the reason, which must not be overtaken.
     */
    @Override
    public void admit(int lane, LaneCredit credit) {
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
        registry.withdraw(invitation);
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

    @Override
    public void take(int lane, Block block) {
        if (over) {
            credits[lane].passedOn(block);
            block.release();
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

    @Override
    public void end(int lane, End said) {
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

    /** Before the end was delivered this ends the session. */
    @Override
    public void lost(int lane, CloseReason reason, String message) {
        if (!ended && !over) {
            listener.fail(reason, "lane " + lane + ": " + message);
        }
    }

    @Override
    public void flow(boolean on) {
        paused = !on;
        guarded(this::passOn);
    }

    /** Delivering a block may call {@link #flow}, and so this method again. */
    private void passOn() {
        if (passingOn) {
            return;
        }
        passingOn = true;
        try {
            for (Held due; mayPassOn() && (due = window.poll()) != null; ) {
                credits[due.lane()].passedOn(due.block());
                listener.onBlock(due.block());
            }
            if (mayPassOn() && window.isDrained()) {
                deliverEnd();
            }
        } finally {
            passingOn = false;
        }
    }

    private boolean mayPassOn() {
        return opened && !paused && !over && !ended;
    }

    private void deliverEnd() {
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
        listener.onEnd(end);
    }

    /** Failures must reach the session, not the handler of the lane that they came with. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (SessionException e) {
            listener.fail(e.reason(), e.getMessage());
        } catch (PageStreamException e) {
            listener.fail(CloseReason.DUMPER_PROTOCOL, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("internal error, please report it", e);
            listener.fail(CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + e);
        }
    }

    private Channel first() {
        return credits[0].tunnel().channel();
    }

    /** Lanes that are still connecting find the session until its first lane has closed. */
    @Override
    public void over() {
        over = true;
        first().closeFuture().addListener(closed -> registry.withdraw(invitation));
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
    public SessionFacts.Wire wire() {
        return new SessionFacts.Wire(
                sum(Tunnel::sentBytes), sum(Tunnel::receivedBytes), credits.length);
    }

    private long sum(ToLongFunction<Tunnel> count) {
        long sum = 0;
        for (LaneCredit credit : credits) {
            sum += credit == null ? 0 : count.applyAsLong(credit.tunnel());
        }
        return sum;
    }
}
