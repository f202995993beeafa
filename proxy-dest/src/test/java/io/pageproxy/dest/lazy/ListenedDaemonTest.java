package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.CloseReason;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon that the operator starts, so that we do not learn its exit code. */
@Timeout(60)
class ListenedDaemonTest extends LazyDestLab {
    private static final String UNIX = "unix";
    private static final String TCP = "127.0.0.1:0";

    @TempDir Path temp;

    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final List<String> refused = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<Endpoint> listening = new CompletableFuture<>();
    private SocketChannel daemon;

    private void begin(String kind, LocalUsers users) throws Exception {
        Endpoint address =
                Endpoint.parse(kind.equals(UNIX) ? UNIX + ":" + temp.resolve("lazy") : kind);
        begin(
                new ListenedDaemons(
                        address, users, "4.2", LAYOUT, listening::complete, refused::add),
                workers);
        daemon = SocketChannel.open(at(listening.get(10, TimeUnit.SECONDS)));
    }

    private static SocketAddress at(Endpoint address) {
        return address instanceof Endpoint.UnixSocket unix
                ? UnixDomainSocketAddress.of(unix.path())
                : new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        ((Endpoint.Tcp) address).address().port());
    }

    @AfterEach
    void close() throws IOException {
        daemon.close();
        workers.shutdown();
    }

    private void says(ByteBuf bytes) throws IOException {
        daemon.write(bytes.nioBuffer());
    }

    private void hears(ByteBuf wanted) throws IOException {
        ByteBuffer heard = ByteBuffer.allocate(wanted.readableBytes());
        while (heard.hasRemaining()) {
            if (daemon.read(heard) < 0) {
                throw new EOFException("the daemon was disconnected");
            }
        }
        assertThat(Unpooled.wrappedBuffer(heard.flip())).isEqualTo(wanted);
    }

    private void daemonFetchesPages() throws Exception {
        says(asked(WANTED));
        awaitFrame(Get.class);
        ByteBuf answer = answer(WANTED);
        peerSays(block(answer));
        hears(answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {TCP, UNIX})
    void closeAfterAllRequestedPagesIsSuccess(String kind) throws Exception {
        begin(kind, LocalUsers.ownOrRoot());
        daemonFetchesPages();
        says(end());
        hears(Unpooled.buffer().writeIntLE(0));
        awaitFrame(Done.class);
        peerSays(new Delivered());
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    @Test
    void closeBeforeTheRequestedPagesIsAFailure() throws Exception {
        begin(TCP, LocalUsers.ownOrRoot());
        says(asked(WANTED));
        awaitFrame(Get.class);
        says(end());
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    /** CRIU also sends CLOSE if it could not even start. */
    @Test
    void closeWithoutAnyRequestIsAFailure() throws Exception {
        begin(TCP, LocalUsers.ownOrRoot());
        says(end());
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void disconnectWithoutCloseIsAFailure() throws Exception {
        begin(TCP, LocalUsers.ownOrRoot());
        daemonFetchesPages();
        daemon.close();
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void lostTunnelDisconnectsTheDaemon() throws Exception {
        begin(TCP, LocalUsers.ownOrRoot());
        daemonFetchesPages();
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        assertThat(daemon.read(ByteBuffer.allocate(1))).isNegative();
        assertFailed(CloseReason.PEER_LOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {TCP, UNIX})
    void daemonOfAnotherUserIsDisconnectedUnread(String kind) throws Exception {
        begin(kind, LocalUsers.only(Set.of(Posix.effectiveUser() + 4711)));
        await().until(() -> !refused.isEmpty());
        assertThat(refused.get(0))
                .contains("criu lazy-pages of user", "--lazy-uid " + Posix.effectiveUser());
        assertThat(peerHears()).noneMatch(Get.class::isInstance);
    }
}
