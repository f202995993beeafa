package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.process.SocketPair;
import io.pageproxy.session.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Between a real socket, on which the test is rsync, and a tunnel, on which it is the peer. */
@Timeout(60)
class SyncRelayTest {
    private static final int SOCKET_BYTES = 64 << 10;

    /** More than the kernel and Netty keep for two connections. */
    private static final int MUCH_BYTES = 24 << 20;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final CompletableFuture<Void> socketEnd = new CompletableFuture<>();
    private final CompletableFuture<CloseReason> failure = new CompletableFuture<>();
    private TunnelPair peer;
    private SyncRelay relay;
    private SocketPair rsync;

    private final class Relaying implements TunnelListener {
        @Override
        public void onFrame(Frame frame) {
            relay.take((Block) frame);
        }

        @Override
        public void onWritabilityChanged(boolean writable) {
            relay.onTunnelWritable(writable);
        }

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {
            failure.complete(reason);
        }
    }

    private void begin(boolean held) throws Exception {
        peer = TunnelPair.connect(group, new Relaying(), frame -> {});
        rsync = SocketPair.open(SOCKET_BYTES);
        relay = new SyncRelay(peer.tunnel(), held, () -> socketEnd.complete(null));
        peer.tunnel().setReading(false);
    }

    private void adopt() throws Exception {
        AdoptedSockets.adopt(rsync.descriptor(), loop(), relay.initializer()).sync();
    }

    private EventLoop loop() {
        return peer.tunnel().channel().eventLoop();
    }

    private void onLoop(Runnable action) throws Exception {
        loop().submit(action).get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() {
        rsync.channel().close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void write(byte[] bytes) throws IOException {
        ByteBuffer all = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        while (all.hasRemaining()) {
            rsync.channel().write(all);
        }
    }

    private String read(int bytes) throws IOException {
        ByteBuffer all = ByteBuffer.allocateDirect(bytes);
        while (all.hasRemaining() && rsync.channel().read(all) >= 0) {
            // It fills.
        }
        byte[] read = new byte[all.flip().remaining()];
        all.get(read);
        return new String(read, StandardCharsets.UTF_8);
    }

    @Test
    void bothDirectionsAreRelayedInOrder() throws Exception {
        begin(false);
        adopt();
        peer.say("from there");
        peer.say(", twice");
        assertThat(read(17)).isEqualTo("from there, twice");
        write("from here".getBytes(StandardCharsets.UTF_8));
        await().until(() -> peer.heardText().equals("from here"));
        assertThat(relay.relayedBytes()).isEqualTo(17 + 9);
    }

    @Test
    void rsyncHearsNothingBeforeItsRelease() throws Exception {
        begin(true);
        adopt();
        peer.say("held");
        await().until(() -> relay.relayedBytes() == 4);
        write(new byte[] {'x'}); // It may speak.
        await().until(() -> peer.heardBytes() == 1);
        assertThat(rsync.channel().isOpen()).isTrue();
        onLoop(() -> relay.close()); // What is held would have come ahead of the end.
        assertThat(read(4)).isEmpty();
    }

    @Test
    void whatWasHeldComesWithTheRelease() throws Exception {
        begin(true);
        adopt();
        peer.say("held");
        await().until(() -> relay.relayedBytes() == 4);
        onLoop(() -> relay.release());
        peer.say(" and more");
        assertThat(read(13)).isEqualTo("held and more");
    }

    @Test
    void blockThatComesBeforeTheSocketIsRelayedBehindIt() throws Exception {
        begin(false);
        peer.say("early");
        adopt();
        assertThat(read(5)).isEqualTo("early");
    }

    /** While the peer does not read, rsync comes to a stop, and nothing piles up here. */
    @Test
    void rsyncIsNotReadWhileTheTunnelIsFull() throws Exception {
        begin(false);
        adopt();
        peer.setReading(false);
        CompletableFuture<Void> written =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                write(new byte[MUCH_BYTES]);
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
        await().until(() -> !peer.tunnel().isWritable());
        for (int i = 0; i < 500; i++) {
            onLoop(() -> {}); // It would read more each time.
        }
        assertThat(waitingHere()).isLessThan(1 << 20);
        assertThat(written).isNotDone();
        peer.setReading(true);
        written.get(20, TimeUnit.SECONDS);
        await().until(() -> peer.heardBytes() == MUCH_BYTES);
    }

    private long waitingHere() throws Exception {
        CompletableFuture<Long> bytes = new CompletableFuture<>();
        onLoop(
                () ->
                        bytes.complete(
                                peer.tunnel()
                                        .channel()
                                        .unsafe()
                                        .outboundBuffer()
                                        .totalPendingWriteBytes()));
        return bytes.join();
    }

    /** While rsync does not read, the peer comes to a stop, and nothing piles up here. */
    @Test
    void tunnelIsNotReadWhileRsyncIsSlow() throws Exception {
        begin(false);
        adopt();
        int block = 1 << 20;
        for (int i = 0; i < MUCH_BYTES / block; i++) {
            peer.say(new byte[block]);
        }
        await().until(() -> !peer.tunnel().channel().config().isAutoRead());
        long taken = relay.relayedBytes();
        assertThat(taken).isLessThan(8L << 20);
        assertThat(peer.waitingBytes()).isPositive();
        assertThat(read(MUCH_BYTES)).hasSize(MUCH_BYTES);
        await().until(() -> peer.waitingBytes() == 0);
    }

    @Test
    void endOfTheOtherRsyncComesBehindItsLastBytesAndOursMayStillSpeak() throws Exception {
        begin(false);
        adopt();
        peer.say("last words");
        await().until(() -> relay.relayedBytes() == 10);
        onLoop(() -> relay.otherSideEnded());
        assertThat(read(100)).isEqualTo("last words");
        write(new byte[] {'.'});
        await().until(() -> peer.heardText().equals("."));
        assertThat(socketEnd).isNotDone();
    }

    @Test
    void whatRsyncSaidLastGoesOutBeforeItsEndIsTold() throws Exception {
        begin(false);
        adopt();
        write("bye".getBytes(StandardCharsets.UTF_8));
        rsync.channel().close();
        socketEnd.get(20, TimeUnit.SECONDS);
        await().until(() -> peer.heardText().equals("bye"));
        peer.say("nobody hears this"); // And it is released.
        peer.cut();
        assertThat(failure.get(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.PEER_LOST);
    }

    @Test
    void relayThatIsClosedClosesASocketThatComesLater() throws Exception {
        begin(false);
        relay.close();
        adopt();
        assertThat(read(1)).isEmpty();
        socketEnd.get(20, TimeUnit.SECONDS);
    }

    @Test
    void blockOutOfOrderBreaksTheProtocol() throws Exception {
        begin(false);
        adopt();
        peer.say("one");
        peer.skipBlock();
        peer.say("three");
        assertThat(failure.get(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
    }
}
