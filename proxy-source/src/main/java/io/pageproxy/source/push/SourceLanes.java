package io.pageproxy.source.push;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.adaptive.LinkMeter;
import io.pageproxy.source.adaptive.LinkMetrics;
import io.pageproxy.source.tunnel.LaneConnector;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.LaneChannels;
import io.pageproxy.tunnel.Tunnel;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * The connections that carry the blocks of one session. A block goes to the lane that has the most
 * room. Everything runs on the session's event loop; {@link Tunnel#sendBlock} passes a block's
 * buffer to the event loop of its lane.
 */
final class SourceLanes implements BlockSender.Output, SourceLane.Listener {
    private final List<Tunnel> joined = new ArrayList<>();
    private final List<Channel> further = new ArrayList<>();
    private final LaneConnector connector;
    private final EventLoop loop;
    private final Listener listener;
    private final LinkMeter meter;
    private Accept accept;
    private int lastUsed;
    private long blocks;

    /** Receives the events of the lanes for the session. */
    interface Listener {
        /**
         * All lanes have joined: the dumper may come.
         *
         * @param accept what the destination has granted
         */
        void onLanesJoined(Accept accept);

        /** A further lane is of no use. */
        void onLaneFailure(CloseReason reason, String message);

        /** Whether a further lane takes more has changed. */
        void onLaneWritabilityChanged();
    }

    /**
     * The lanes of a session whose first connection is up.
     *
     * @param connector connects the others
     */
    SourceLanes(Tunnel first, LaneConnector connector, EventLoop loop, Listener listener) {
        this.joined.add(first);
        this.meter = new LinkMeter(this::takenBytes, this::backlog, System::nanoTime);
        this.connector = connector;
        this.loop = loop;
        this.listener = listener;
    }

    private Tunnel first() {
        return joined.get(0);
    }

    /** How many lanes the destination has granted. */
    int count() {
        return accept == null ? LaneGrant.ONE.lanes() : accept.grant().lanes();
    }

    // ---- before the dumper comes

    /** Connects the lanes that were granted; the listener is told when all of them have joined. */
    void open(Accept granted) {
        accept = granted;
        SocketAddress destination = first().channel().remoteAddress();
        for (int number = 1; number < count(); number++) {
            dial(number, destination, new SourceLane(number, accept, loop, this));
        }
        tellWhenAllJoined();
    }

    private void dial(int number, SocketAddress destination, SourceLane lane) {
        ChannelFuture connected = connector.connect(destination, lane);
        further.add(connected.channel());
        connected.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        String why = FailureText.of(done.cause());
                        EventLoops.tryExecute(loop, () -> onDialFailed(number, why));
                    }
                });
    }

    private void onDialFailed(int number, String why) {
        onFailure(
                number,
                CloseReason.UNREACHABLE,
                "cannot reach the destination ("
                        + why
                        + "), though the session's own connection"
                        + " could; --lanes 1 needs no other");
    }

    @Override
    public void onJoined(Tunnel lane) {
        joined.add(lane);
        tellWhenAllJoined();
    }

    private void tellWhenAllJoined() {
        if (joined.size() == count()) {
            listener.onLanesJoined(accept);
        }
    }

    @Override
    public void onFailure(int number, CloseReason reason, String message) {
        listener.onLaneFailure(reason, "lane " + number + " of " + count() + ": " + message);
    }

    // ---- the stream

    @Override
    public boolean send(ByteBuf block) {
        blocks++;
        lane().sendBlock(block);
        boolean writable = isWritable();
        if (!writable) {
            meter.onFull();
        }
        return writable;
    }

    /** The lane with the most room; among equals, the next in turn. */
    private Tunnel lane() {
        int lanes = joined.size();
        int best = (lastUsed + 1) % lanes;
        for (int i = 2; i <= lanes && lanes > 1; i++) {
            int other = (lastUsed + i) % lanes;
            if (joined.get(other).headroomBytes() > joined.get(best).headroomBytes()) {
                best = other;
            }
        }
        lastUsed = best;
        return joined.get(best);
    }

    /** Sends the end on every lane, behind its last block. */
    @Override
    public void end(End end) {
        OptionalLong counted = count() > 1 ? OptionalLong.of(blocks) : OptionalLong.empty();
        End whole = new End(end.totals(), end.checksum(), counted);
        joined.forEach(lane -> lane.send(whole));
    }

    /** Whether any lane takes more. */
    @Override
    public boolean isWritable() {
        for (Tunnel lane : joined) {
            if (lane.isWritable()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void onWritabilityChanged() {
        listener.onLaneWritabilityChanged();
    }

    /** How fast all lanes together take bytes. */
    LinkMetrics metrics() {
        return meter;
    }

    private double backlog() {
        double least = 1;
        for (Tunnel lane : joined) {
            least = Math.min(least, lane.backlog());
        }
        return least;
    }

    private long takenBytes() {
        long bytes = 0; // Not a stream: this is called for every block.
        for (Tunnel lane : joined) {
            bytes += lane.takenBytes();
        }
        return bytes;
    }

    // ---- the end

    /** Closes the further lanes with the first; completes when all are closed. */
    CompletableFuture<Void> closed() {
        return LaneChannels.closeAfter(first().channel(), further);
    }

    long sentBytes() {
        return joined.stream().mapToLong(Tunnel::sentBytes).sum();
    }

    long receivedBytes() {
        return joined.stream().mapToLong(Tunnel::receivedBytes).sum();
    }
}
