package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A scripted page server at the other end of a real socket. */
final class ScriptedPageServers implements PageServers, AutoCloseable {
    private final Path socketFile;
    private final ServerSocketChannel listener;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private SocketChannel socket;
    private Path folder;
    private List<String> arguments = List.of();
    private IOException refusal;
    private int pid = 1;
    private boolean unkillable;

    ScriptedPageServers(Path folderOfSocket) throws IOException {
        Epoll.ensureAvailability();
        socketFile = folderOfSocket.resolve("page-server.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socketFile));
    }

    /** Makes the start fail. */
    void refuse(IOException why) {
        refusal = why;
    }

    /** Reports the activity of that process as its own. */
    void isProcess(long other) {
        pid = (int) other;
    }

    /** Makes it ignore every signal, as if it hung in the kernel. */
    void cannotBeKilled() {
        unkillable = true;
    }

    @Override
    public String version() {
        return "4.2";
    }

    @Override
    public RecordLayout layout() {
        return RecordLayout.BYTES_32;
    }

    @Override
    public PageServers with(List<String> more) {
        arguments = more;
        return this;
    }

    /** The arguments that the session's policy has added. */
    List<String> arguments() {
        return arguments;
    }

    @Override
    public ChildProcess start(ImagesFolder claimed) throws IOException {
        if (refusal != null) {
            throw refusal;
        }
        folder = claimed.path();
        Socket ours = Socket.newSocketDomain();
        ours.connect(new DomainSocketAddress(socketFile.toFile()));
        socket = listener.accept();
        socket.configureBlocking(false);
        return new Child(ours.intValue());
    }

    /** Returns what it has received since the last call. */
    String heard() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        while (socket.read(bytes) > 0) {
            assertThat(bytes.hasRemaining()).isTrue();
        }
        return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
    }

    /** Whether our end of its socket is closed. */
    boolean isCutOff() {
        try {
            return socket.read(ByteBuffer.allocate(1 << 16)) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    void says(String hex) throws IOException {
        socket.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    /** Writes images of process 1 without any page, as CRIU does. */
    void writesImages() throws IOException {
        byte[] head = HexFormat.of().parseHex("19435654" + "25400856" + "02000000" + "0801");
        Files.write(folder.resolve("pagemap-1.img"), head);
        Files.createFile(folder.resolve("pages-1.img"));
    }

    /** The page server exits, which closes its end of the socket. */
    void exits(ExitStatus status) throws IOException {
        socket.close();
        exit.complete(status);
    }

    boolean hasEnded() {
        return exit.isDone();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        if (socket != null) {
            socket.close();
        }
    }

    private final class Child implements ChildProcess {
        private final int descriptor;

        Child(int descriptor) {
            this.descriptor = descriptor;
        }

        @Override
        public int pid() {
            return pid;
        }

        @Override
        public int takeSocket() {
            return descriptor;
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return exit.copy();
        }

        @Override
        public boolean signal(int signal) {
            return exit.complete(ExitStatus.killed(signal));
        }

        @Override
        public CompletableFuture<ExitStatus> terminate(Duration grace) {
            if (!unkillable) {
                signal(15);
            }
            return exit();
        }
    }
}
