package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the connection to CRIU ends, as the kernel tells it to CRIU. */
@Timeout(60)
class LazyDumperTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);
    private static final int STRANGER = 12_345;

    private final EventLoop loop = GROUP.next();
    private final CompletableFuture<LazyDumper> connected = new CompletableFuture<>();
    private final CompletableFuture<Void> heard = new CompletableFuture<>();
    private ServerSocket port;
    private Socket criu;
    private LazyDumper dumper;

    @BeforeEach
    void connect() throws IOException {
        port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        new LazyDumperDialer(new HostPort("127.0.0.1", port.getLocalPort()))
                .dial(loop, new Listener(), () -> true);
        dumper = connected.join();
    }

    private void accept() throws IOException {
        criu = port.accept();
    }

    @AfterEach
    void close() throws IOException {
        port.close();
        if (criu != null) {
            criu.close();
        }
        dumper.channel().close().awaitUninterruptibly();
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void assertReset() {
        assertThatThrownBy(() -> criu.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void failureResetsTheConnection() throws IOException {
        accept();
        loop.execute(dumper::reset);
        assertReset();
    }

    /** As the kernel closes it after our death. */
    @Test
    void accidentalCloseResetsTheConnection() throws IOException {
        accept();
        dumper.channel().close();
        assertReset();
    }

    @Test
    void successClosesTheConnectionCleanly() throws IOException {
        accept();
        loop.execute(dumper::endWell);
        assertThat(criu.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void requestIsOneRecordInTheLayout() throws IOException {
        accept();
        loop.execute(
                () -> {
                    dumper.ask(new PageRequest(1, 4096, 7), RecordLayout.BYTES_24);
                    dumper.flush();
                });
        byte[] record = criu.getInputStream().readNBytes(24);
        assertThat(record)
                .startsWith(7, 0, 0, 0, 1, 0, 0, 0, 0, 16, 0)
                .endsWith(7, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void peerUserIsKnownOnceItHasReplied() throws IOException {
        assertThat(LocalUsers.ownOrRoot().admits(dumper.channel())).as("not accepted").isFalse();
        accept();
        criu.getOutputStream().write(0);
        heard.join();
        assertThat(LocalUsers.ownOrRoot().admits(dumper.channel())).isTrue();
        assertThat(LocalUsers.only(Set.of(STRANGER)).admits(dumper.channel())).isFalse();
    }

    /** It dials before CRIU listens, which is at the end of its dump. */
    @Test
    void dialerWaitsUntilCriuListens() throws IOException {
        accept();
        int later = port.getLocalPort();
        port.close();
        CompletableFuture<LazyDumper> second = new CompletableFuture<>();
        new LazyDumperDialer(new HostPort("127.0.0.1", later))
                .dial(loop, new Listener(second), () -> !second.isDone());
        loop.submit(() -> {}).syncUninterruptibly();
        assertThat(second).isNotDone();
        criu.close();
        port = new ServerSocket();
        port.setReuseAddress(true);
        port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), later));
        second.join().channel().close().awaitUninterruptibly();
    }

    private final class Listener implements LazyDumperListener {
        private final CompletableFuture<LazyDumper> hold;

        Listener() {
            this(connected);
        }

        Listener(CompletableFuture<LazyDumper> hold) {
            this.hold = hold;
        }

        @Override
        public void onDumper(LazyDumper up) {
            hold.complete(up);
        }

        @Override
        public void onDumperBytes(ByteBuf in) {
            heard.complete(null);
        }

        @Override
        public void onDumperPause() {}

        @Override
        public void onDumperGone() {}
    }
}
