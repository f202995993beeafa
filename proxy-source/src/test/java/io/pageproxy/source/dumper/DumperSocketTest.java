package io.pageproxy.source.dumper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dumper that connects over TCP, as to a page server. */
@Timeout(30)
class DumperSocketTest implements DumperListener {
    private static final Duration SILENCE = Duration.ofSeconds(15);
    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final CompletableFuture<Dumper> connected = new CompletableFuture<>();
    private final CompletableFuture<RecordLayout> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> failedAfterItLeft = new CompletableFuture<>();
    private LocalPort port;

    @BeforeEach
    void open() throws Exception {
        port = open("127.0.0.1:0");
    }

    @AfterEach
    void close() {
        port.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Override
    public void onStreamOpen(RecordLayout layout) {
        opened.complete(layout);
    }

    @Override
    public void onBlock(ByteBuf block, PageRuns runs) {
        block.release();
    }

    @Override
    public void onStreamEnd() {}

    @Override
    public void onDumpFailed() {}

    @Override
    public void onDumperBroke(String message) {}

    /** Reacts as a session does. */
    @Override
    public void onDumperGone() {
        try {
            connected.join().fail();
            failedAfterItLeft.complete(null);
        } catch (RuntimeException e) {
            failedAfterItLeft.completeExceptionally(e);
        }
    }

    private LocalPort open(String address) throws Exception {
        return LocalPort.open(
                Endpoint.parse(address),
                new LocalClient("dumper", "--listen", "--dumper-uid"),
                LocalUsers.ownOrRoot(),
                group.next(),
                new DumperInitializer(
                        4096, 0, 64 << 10, this, connected::complete, SILENCE, Optional.empty()),
                who -> {});
    }

    private Socket connect() throws IOException {
        int number = ((Endpoint.Tcp) port.address()).address().port();
        return new Socket(InetAddress.getLoopbackAddress(), number);
    }

    private static void openImage(Socket socket) throws IOException {
        ByteBuf record = Unpooled.buffer();
        RecordLayout.BYTES_24.write(
                PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 1)), record);
        socket.getOutputStream().write(ByteBufUtil.getBytes(record));
    }

    @Test
    void failedDumperSeesAReset() throws Exception {
        try (Socket socket = connect()) {
            openImage(socket);
            assertThat(opened.get()).isEqualTo(RecordLayout.BYTES_24);
            group.next().submit(() -> connected.join().fail()).sync();
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void failingADumperThatHasLeftDoesNotThrow() throws Exception {
        try (Socket socket = connect()) {
            openImage(socket);
            opened.get();
        }
        assertThat(failedAfterItLeft).succeedsWithin(10, TimeUnit.SECONDS);
    }

    @Test
    void onlyOneDumperIsAdmitted() throws Exception {
        try (Socket first = connect()) {
            openImage(first);
            opened.get();
            assertThatThrownBy(
                            () -> {
                                try (Socket second = connect()) {
                                    second.getOutputStream().write(1);
                                    if (second.getInputStream().read() < 0) {
                                        throw new IOException("closed");
                                    }
                                }
                            })
                    .isInstanceOf(IOException.class);
            assertThat(failedAfterItLeft).isNotDone();
        }
    }

    @Test
    void occupiedPortIsNamedWithARemedy() {
        assertThatThrownBy(() -> open(port.address().toString()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--listen " + port.address(), "choose another");
    }

    @Test
    void unknownHostIsNamedWithTheCause() {
        assertThatThrownBy(() -> open("no-such-host.invalid:0"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--listen no-such-host.invalid:0")
                .hasMessageNotContaining("null");
    }
}
