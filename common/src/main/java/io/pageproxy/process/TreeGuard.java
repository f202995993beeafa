package io.pageproxy.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process beside a tree of processes that stops, continues or kills all of it when told to, and
 * does what it was told for that case when we end without a word, however we end. Its methods block
 * until it is done; any thread, one at a time.
 */
public final class TreeGuard implements AutoCloseable {
    private static final Path NOWHERE = Path.of("/dev/null");
    private static final String PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final byte[] GOOD = "ok\n".getBytes(US_ASCII);

    private final DescriptorChannel channel;

    /** What becomes of a tree. */
    public enum Fate {
        /** SIGSTOP to each task. */
        STOP,
        /** SIGCONT to each task. */
        CONT,
        /** SIGKILL to each; done when none is left. */
        KILL;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private TreeGuard(DescriptorChannel channel) {
        this.channel = channel;
    }

    /**
     * Starts one; until it is told otherwise it kills the tree when we end.
     *
     * @param root of the tree, which lives
     * @param kept a descriptor that it holds open until its end
     * @throws IOException where it cannot be started, or there is no such process
     */
    public static TreeGuard start(ChildLauncher launcher, long root, OptionalInt kept)
            throws IOException {
        List<String> command = List.of("sh", "-c", script(), "pageproxy-guard", "" + root);
        ChildProcess child =
                launcher.launch(
                        new ChildSpec(command, Map.of("PATH", PATH), Optional.of(NOWHERE), kept));
        LibC libc = Posix.libc();
        int socket = child.takeSocket();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        TreeGuard guard = new TreeGuard(new DescriptorChannel(libc, socket));
        try {
            guard.orElse(Fate.KILL, Duration.ZERO);
            return guard;
        } catch (IOException e) {
            guard.channel.close();
            throw new IOException("process " + root + " cannot be guarded: " + e.getMessage(), e);
        }
    }

    private static String script() throws IOException {
        try (InputStream text = TreeGuard.class.getResourceAsStream("guard.sh")) {
            return new String(text.readAllBytes(), US_ASCII);
        }
    }

    /** Does that to the tree now. */
    public void make(Fate fate) throws IOException {
        tell(fate.word());
    }

    /** From now on that is what becomes of the tree, so long after we have ended. */
    public void orElse(Fate fate, Duration after) throws IOException {
        tell("else " + fate.word() + " " + Math.max(0, after.toSeconds()));
    }

    /** What becomes of the tree after our end goes with the end of that process, which holds it. */
    public void with(long holder) throws IOException {
        tell("with " + holder);
    }

    /** Leaves the tree as it is; nothing becomes of it any more. */
    public void leave() throws IOException {
        say("leave");
    }

    private void tell(String line) throws IOException {
        say(line);
        ByteBuffer answer = ByteBuffer.allocateDirect(GOOD.length);
        while (answer.hasRemaining()) {
            if (channel.read(answer) < 0) {
                throw new IOException("the guard of the tree has ended");
            }
        }
    }

    private void say(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(US_ASCII);
        ByteBuffer out = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** Ends it; where it was not told to leave, it does what it was told for our end. */
    @Override
    public void close() {
        channel.close();
    }
}
