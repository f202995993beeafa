package io.pageproxy.criu;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process that stops, continues or kills a whole tree of processes on request. It outlives this
 * one: when this process ends in whatever way, it applies the action that was set for that case.
 * The methods block until the action is done. Any thread, one at a time.
 */
public final class TreeWatchdog implements AutoCloseable {
    private static final Path DEV_NULL = Path.of("/dev/null");
    private static final String PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final byte[] OK = "ok\n".getBytes(US_ASCII);

    private final DescriptorChannel channel;

    /** What is done to every task of the tree. */
    public enum Action {
        /** Sends SIGSTOP. */
        STOP,
        /** Sends SIGCONT. */
        CONT,
        /** Sends SIGKILL; done when no task is left. */
        KILL;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private TreeWatchdog(DescriptorChannel channel) {
        this.channel = channel;
    }

    /**
     * Starts a watchdog.
     *
     * @param root the tree's root, which must be alive; a process that has its pid but another
     *     start time is left alone
     * @param onOwnerExit applied without delay when this process ends, from the first moment until
     *     {@link #onOwnerExit} says otherwise: a tree that may be the only copy must never have
     *     {@link Action#KILL} here
     * @param kept a descriptor that the watchdog keeps open until it ends
     * @throws IOException if the watchdog cannot be started, or there is no process {@code root}
     */
    public static TreeWatchdog start(
            ChildLauncher launcher, Task root, Action onOwnerExit, OptionalInt kept)
            throws IOException {
        return start(launcher, root, onOwnerExit, kept, List.of());
    }

    /**
     * The same with a command for what the tree would leave.
     *
     * @param afterKill the program and its arguments, run when the end of this process has led to
     *     {@link Action#KILL} and no task is left; empty: none
     */
    public static TreeWatchdog start(
            ChildLauncher launcher,
            Task root,
            Action onOwnerExit,
            OptionalInt kept,
            List<String> afterKill)
            throws IOException {
        return start(launcher, root, onOwnerExit.word(), kept, afterKill);
    }

    /**
     * Starts a watchdog that does nothing when this process ends, until {@link #onOwnerExit} says
     * otherwise: for a tree that runs and will be stopped.
     *
     * @param root the tree's root, which must be alive
     * @throws IOException if the watchdog cannot be started, or there is no process {@code root}
     */
    public static TreeWatchdog startIdle(ChildLauncher launcher, Task root) throws IOException {
        return start(launcher, root, "none", OptionalInt.empty(), List.of());
    }

    private static TreeWatchdog start(
            ChildLauncher launcher,
            Task root,
            String onOwnerExit,
            OptionalInt kept,
            List<String> afterKill)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script(), "pageproxy-guard"));
        command.addAll(List.of(Long.toString(root.pid()), root.startTime(), onOwnerExit));
        command.addAll(afterKill);
        ChildProcess child =
                launcher.launch(
                        new ChildSpec(command, Map.of("PATH", PATH), Optional.of(DEV_NULL), kept));
        LibC libc = Posix.libc();
        int socket = child.takeSocket();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        TreeWatchdog watchdog = new TreeWatchdog(new DescriptorChannel(libc, socket));
        try {
            watchdog.request("else " + onOwnerExit + " 0"); // Its answer tells that it watches.
            return watchdog;
        } catch (IOException e) {
            watchdog.channel.close();
            throw new IOException(
                    "process " + root.pid() + " cannot be watched: " + e.getMessage(), e);
        }
    }

    private static String script() throws IOException {
        try (InputStream text = TreeWatchdog.class.getResourceAsStream("tree-watchdog.sh")) {
            return new String(text.readAllBytes(), US_ASCII);
        }
    }

    /** Applies the action now. */
    public void apply(Action action) throws IOException {
        request(action.word());
    }

    /** Sets the action for the end of this process, and the delay before it is applied. */
    public void onOwnerExit(Action action, Duration delay) throws IOException {
        request("else " + action.word() + " " + Math.max(0, delay.toSeconds()));
    }

    /** Also kills that process after our end, before the action for the tree is applied. */
    public void killOnOwnerExit(Task task) throws IOException {
        request("with " + task.pid() + " " + task.startTime());
    }

    /** Leaves the tree as it is and ends the watchdog: nothing is applied any more. */
    public void leave() throws IOException {
        send("leave");
    }

    private void request(String line) throws IOException {
        send(line);
        ByteBuffer answer = ByteBuffer.allocateDirect(OK.length);
        while (answer.hasRemaining()) {
            if (channel.read(answer) < 0) {
                throw new IOException("the watchdog of the tree has ended");
            }
        }
    }

    private void send(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(US_ASCII);
        ByteBuffer out = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** Closes the connection; a watchdog that was not told to leave applies its action then. */
    @Override
    public void close() {
        channel.close();
    }
}
