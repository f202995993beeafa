package io.pageproxy.source;

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
 * The connections by which one session's blocks go. With one lane a block goes where it always did;
 * with several, to the one that has the most room. Everything runs on the session's event loop; a
 * block's buffer passes with it to the lane's, by {@link Tunnel#sendBlock}.
 */
final class SourceLanes {
    private final List<Tunnel> joined = new ArrayList<>();
    private final List<Channel> further = new ArrayList<>();
    private final LaneConnector connector;
    private final EventLoop loop;
    private final Listener listener;
    private final LinkMeter meter;
    private LaneGrant grant = LaneGrant.ONE;
    private int lastUsed;
    private long blocks;

    /** What the session hears of its further lanes. */
    interface Listener {
        /** All of them have joined: the dumper may come. */
        void onLanesJoined();

        /** One of them is of no use. */
        void onLaneFailure(CloseReason reason, String message);

        /** A further lane takes more, or no more for now. */
        void onLaneWritabilityChanged();
    }

    /**
     * The lanes of a session that has its first connection.
     *
     * @param connector makes the others
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

    /** How many the destination has granted. */
    int count() {
        return grant.lanes();
    }

    // ---- before the dumper comes

    /** Connects as many as were granted, then tells so; at once where there is one. */
    void open(Accept accept) {
        grant = accept.grant();
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

    void onJoined(int number, Tunnel lane) {
        joined.add(lane);
        tellWhenAllJoined();
    }

    private void tellWhenAllJoined() {
        if (joined.size() == count()) {
            listener.onLanesJoined();
        }
    }

    void onFailure(int number, CloseReason reason, String message) {
        listener.onLaneFailure(reason, "lane " + number + " of " + count() + ": " + message);
    }

    // ---- the stream

    /**
     * Sends an encoded block at once; ownership of the buffer passes.
     *
     * @return whether a next one may follow; where not, the listener will be told when
     */
    boolean send(ByteBuf block) {
        blocks++;
        lane().sendBlock(block);
        boolean writable = isWritable();
        if (!writable) {
            meter.onFull();
        }
        return writable;
    }

    /** The one with the most room, the next in turn among equals. */
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

    /** Says the end on every lane, behind its last block. */
    void end(End end) {
        OptionalLong counted = count() > 1 ? OptionalLong.of(blocks) : OptionalLong.empty();
        End whole = new End(end.totals(), end.checksum(), counted);
        joined.forEach(lane -> lane.send(whole));
    }

    /** Whether any lane takes more. */
    boolean isWritable() {
        for (Tunnel lane : joined) {
            if (lane.isWritable()) {
                return true;
            }
        }
        return false;
    }

    void onWritabilityChanged() {
        listener.onLaneWritabilityChanged();
    }

    /** At what pace all lanes together take bytes. */
    LinkMetrics link() {
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
        long bytes = 0; // A loop: it is asked for every block.
        for (Tunnel lane : joined) {
            bytes += lane.takenBytes();
        }
        return bytes;
    }

    // ---- the end

    /** Completes when all connections are closed; the further ones close with the first. */
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
