package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.posix.NotifySocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service manager's socket, which is a real one, hears the state of a proxy. */
@Timeout(60)
class SystemdNotifierTest {
    private static final Optional<Duration> WATCHDOG = Optional.of(Duration.ofMillis(100));

    @TempDir Path folder;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final AtomicReference<Optional<String>> fault = new AtomicReference<>(Optional.empty());
    private final Health health = new Health(List.of(fault::get));
    private final AtomicInteger sessions = new AtomicInteger();
    private Channel manager;
    private SystemdNotifier notifier;

    @AfterEach
    void close() throws InterruptedException {
        if (notifier != null) {
            notifier.close();
        }
        if (manager != null) {
            manager.close().sync();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private void listen(String name) throws InterruptedException {
        manager =
                new Bootstrap()
                        .group(group)
                        .channel(EpollDomainDatagramChannel.class)
                        .handler(
                                new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                                    @Override
                                    protected void channelRead0(
                                            ChannelHandlerContext context,
                                            DomainDatagramPacket packet) {
                                        messages.add(
                                                packet.content().toString(StandardCharsets.UTF_8));
                                    }
                                })
                        .bind(new DomainSocketAddress(name))
                        .sync()
                        .channel();
    }

    private void start(Optional<Duration> watchdog) throws Exception {
        String path = folder.resolve("notify").toString();
        listen(path);
        notifier = SystemdNotifier.start(socket(path), watchdog, health, sessions::get);
    }

    private static NotifySocket socket(String name) throws IOException {
        return NotifySocket.of(Map.of("NOTIFY_SOCKET", name)).orElseThrow();
    }

    /** Waits for the next message that is no sign of life only. */
    private String next() throws InterruptedException {
        String message = messages.take();
        while (message.equals("WATCHDOG=1\n")) {
            message = messages.take();
        }
        return message;
    }

    @Test
    void readyIsSentOnceTheProxyIsReady() throws Exception {
        start(Optional.empty());
        assertThat(next()).isEqualTo("STATUS=it is starting; 0 sessions\n");

        health.ready();
        assertThat(next()).isEqualTo("READY=1\nSTATUS=0 sessions\n");

        sessions.set(1);
        assertThat(next()).isEqualTo("STATUS=1 session\n");
    }

    @Test
    void stoppingIsSentWhenADrainBegins() throws Exception {
        health.ready();
        sessions.set(2);
        start(Optional.empty());
        assertThat(next()).isEqualTo("READY=1\nSTATUS=2 sessions\n");

        health.markDrainingThen(() -> {}).run();
        assertThat(next()).isEqualTo("STOPPING=1\nSTATUS=draining, 2 sessions\n");
    }

    @Test
    void aFaultWithholdsTheSignOfLifeAndIsInTheStatus() throws Exception {
        health.ready();
        start(WATCHDOG);
        assertThat(messages.take()).startsWith("READY=1\n");
        assertThat(messages.take()).isEqualTo("WATCHDOG=1\n");

        fault.set(Optional.of("the disk is gone"));
        assertThat(next()).isEqualTo("STATUS=the disk is gone; 0 sessions\n");
        sessions.set(1);
        // Signs of life would come before the next state.
        assertThat(messages.take()).isEqualTo("STATUS=the disk is gone; 1 session\n");
    }

    @Test
    void aDrainKeepsTheSignOfLife() throws Exception {
        health.ready();
        start(WATCHDOG);
        health.markDrainingThen(() -> {}).run();
        String message = messages.take();
        while (!message.contains("STOPPING=1")) {
            message = messages.take();
        }

        assertThat(messages.take()).isEqualTo("WATCHDOG=1\n");
    }

    @Test
    void abstractNamesWork() throws Exception {
        String name = "pageproxy-test-" + ProcessHandle.current().pid();
        listen("\0" + name);
        try (NotifySocket socket = socket("@" + name)) {
            socket.send("READY=1\n");
        }

        assertThat(messages.take()).isEqualTo("READY=1\n");
    }

    @Test
    void aManagerThatIsGoneIsAnErrorOfTheMessage() throws Exception {
        try (NotifySocket socket = socket(folder.resolve("nobody").toString())) {
            assertThatThrownBy(() -> socket.send("READY=1\n"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("NOTIFY_SOCKET takes no message");
        }
    }

    @Test
    void withoutTheVariableThereIsNoSocket() throws IOException {
        assertThat(NotifySocket.of(Map.of())).isEmpty();
        assertThatThrownBy(() -> NotifySocket.of(Map.of("NOTIFY_SOCKET", "relative")))
                .hasMessageContaining("NOTIFY_SOCKET=relative");
    }

    @Test
    void theWatchdogOfAnotherProcessIsNotOurs() {
        Map<String, String> ours = Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "7");
        assertThat(SystemdNotifier.watchdog(ours, 7)).contains(Duration.ofSeconds(3));
        assertThat(SystemdNotifier.watchdog(ours, 8)).isEmpty();
        assertThat(SystemdNotifier.watchdog(Map.of("WATCHDOG_USEC", "x"), 7)).isEmpty();
        assertThat(SystemdNotifier.watchdog(Map.of(), 7)).isEmpty();
    }
}
