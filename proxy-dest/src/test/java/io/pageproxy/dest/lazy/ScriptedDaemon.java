package io.pageproxy.dest.lazy;

import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A scripted lazy-pages daemon at the other end of a real socket. */
final class ScriptedDaemon implements ChildLauncher, ChildProcess, AutoCloseable {
    private final Path socketFile;
    private final ServerSocketChannel listener;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final ByteBuf heard = Unpooled.buffer();
    private List<String> command;
    private SocketChannel socket;
    private SocketChannel guard;
    private Socket ours;
    private volatile boolean terminated;

    /** What /proc shows of the daemon: a process that does nothing. */
    private final Process idle = new ProcessBuilder("sleep", "300").start();

    ScriptedDaemon(Path folderOfSocket) throws IOException {
        Epoll.ensureAvailability();
        socketFile = folderOfSocket.resolve("daemon.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socketFile));
    }

    @Override
    public ChildProcess launch(ChildSpec spec) throws IOException {
        if (spec.command().contains("pageproxy-guard")) {
            return guard();
        }
        command = spec.command();
        ours = Socket.newSocketDomain();
        ours.connect(new DomainSocketAddress(socketFile.toFile()));
        socket = listener.accept();
        socket.configureBlocking(false);
        return this;
    }

    /** A watchdog that acknowledges its only request and does nothing. */
    private ChildProcess guard() throws IOException {
        Socket guarding = Socket.newSocketDomain();
        guarding.connect(new DomainSocketAddress(socketFile.toFile()));
        guard = listener.accept();
        guard.write(ByteBuffer.wrap("ok\n".getBytes(StandardCharsets.US_ASCII)));
        return new ScriptedGuard(guarding.intValue());
    }

    private record ScriptedGuard(int takeSocket) implements ChildProcess {
        @Override
        public int pid() {
            return -1;
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return new CompletableFuture<>();
        }

        @Override
        public boolean signal(int signal) {
            return true;
        }

        @Override
        public CompletableFuture<ExitStatus> terminate(Duration grace) {
            return exit();
        }
    }

    /** The command by which it was started. */
    List<String> command() {
        return command;
    }

    void says(ByteBuf bytes) throws IOException {
        socket.write(bytes.nioBuffer());
    }

    /** Waits until exactly these bytes have arrived since the last call. */
    void awaitHears(ByteBuf wanted) {
        await().until(
                        () -> {
                            read();
                            return heard.readableBytes() >= wanted.readableBytes();
                        });
        if (!heard.equals(wanted)) {
            throw new AssertionError("the daemon received something else");
        }
        heard.clear();
    }

    boolean hasHeardNothing() throws IOException {
        read();
        return !heard.isReadable();
    }

    /** Whether our end of its socket is closed. */
    boolean isCutOff() throws IOException {
        return read() < 0;
    }

    private int read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        int count;
        while ((count = socket.read(bytes)) > 0) {
            heard.writeBytes(bytes.flip());
            bytes.clear();
        }
        return count;
    }

    /** The daemon exits, which closes its end of the socket. */
    void exits(ExitStatus status) throws IOException {
        socket.close();
        exit.complete(status);
    }

    boolean wasTerminated() {
        return terminated;
    }

    @Override
    public int pid() {
        return (int) idle.pid();
    }

    @Override
    public int takeSocket() {
        return ours.intValue();
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit.copy();
    }

    @Override
    public boolean signal(int signal) {
        return signal == 0 ? !exit.isDone() : exit.complete(ExitStatus.killed(signal));
    }

    @Override
    public CompletableFuture<ExitStatus> terminate(Duration grace) {
        terminated = exit.complete(ExitStatus.killed(15));
        return exit();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        socket.close();
        idle.destroyForcibly();
    }
}
