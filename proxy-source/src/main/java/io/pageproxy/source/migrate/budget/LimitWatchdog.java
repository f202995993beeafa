package io.pageproxy.source.migrate.budget;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process that writes a cgroup's old limit back when this one ends in whatever way. It changes
 * nothing before that.
 */
final class LimitWatchdog implements AutoCloseable {
    private static final String PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final byte[] LEAVE = "leave\n".getBytes(US_ASCII);

    private final DescriptorChannel channel;

    private LimitWatchdog(DescriptorChannel channel) {
        this.channel = channel;
    }

    /**
     * Starts it.
     *
     * @param file of the limit
     * @param old the limit to write back
     * @throws IOException if it does not answer
     */
    static LimitWatchdog start(ChildLauncher launcher, Path file, String old) throws IOException {
        List<String> command =
                List.of("sh", "-c", script(), "pageproxy-limit", file.toString(), old);
        ChildProcess child =
                launcher.launch(
                        new ChildSpec(
                                command,
                                Map.of("PATH", PATH),
                                Optional.of(Path.of("/dev/null")),
                                OptionalInt.empty()));
        LibC libc = Posix.libc();
        int socket = child.takeSocket();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        LimitWatchdog watchdog = new LimitWatchdog(new DescriptorChannel(libc, socket));
        if (watchdog.channel.read(ByteBuffer.allocateDirect(1)) < 1) {
            watchdog.channel.close();
            throw new IOException("the watchdog of the limit " + file + " does not start");
        }
        return watchdog;
    }

    private static String script() throws IOException {
        try (InputStream text = LimitWatchdog.class.getResourceAsStream("limit-watchdog.sh")) {
            return new String(text.readAllBytes(), US_ASCII);
        }
    }

    /** Ends it: the limit stays as it is. */
    void leave() throws IOException {
        ByteBuffer out = ByteBuffer.allocateDirect(LEAVE.length).put(LEAVE).flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** Closes the connection; it writes the limit back if it was not told to leave. */
    @Override
    public void close() {
        channel.close();
    }
}
