package io.pageproxy.source;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a destination is waited for. */
class DestinationWaitTest {
    private static final Duration STEP = Duration.ofSeconds(5);

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final CountDownLatch stopping = new CountDownLatch(1);

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private CompletableFuture<Void> begin(int port, Duration atMost) throws SSLException {
        var tls = SslContextBuilder.forClient().build();
        DestinationWait wait =
                new DestinationWait(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", port)),
                        channel -> tls.newHandler(channel.alloc()),
                        group.next(),
                        STEP,
                        "source");
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        wait.await(atMost, stopping);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    private static int freePort() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return server.getLocalPort();
        }
    }

    @Test
    void endsWhenTimeIsOver() throws Exception {
        long startNanos = System.nanoTime();
        begin(freePort(), Duration.ofMillis(700)).get(10, TimeUnit.SECONDS);
        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(700_000_000L);
    }

    @Test
    void triesAgainUntilSomethingAnswers() throws Exception {
        int port = freePort();
        CompletableFuture<Void> wait = begin(port, Duration.ofMinutes(5));
        try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                Socket peer = server.accept()) {
            assertThat(wait).isNotDone();
            peer.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
            wait.get(10, TimeUnit.SECONDS); // Waiting does not change that.
        }
    }

    @Test
    void endsWhenItIsStopped() throws Exception {
        CompletableFuture<Void> wait = begin(freePort(), Duration.ofMinutes(5));
        stopping.countDown();
        wait.get(10, TimeUnit.SECONDS);
    }

    @Test
    void withoutTimeNothingIsTried() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            begin(server.getLocalPort(), Duration.ZERO).get(10, TimeUnit.SECONDS);
            server.setSoTimeout(1);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
