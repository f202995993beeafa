package io.pageproxy.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.jna.Native;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Holds a {@code criu} at one of the actions that it runs its {@code --action-script} for, until we
 * say go or no. A private folder (mode 0700) holds the script, named after the action, and two
 * FIFOs by which it asks and hears. Where we say nothing and close, or die, the script fails, and
 * with it what criu is about: at {@code post-dump} the tasks run on, at {@code post-restore} the
 * restored ones are killed. Any thread.
 */
public final class ActionGate implements AutoCloseable {
    private static final int FIFO_MODE = 0600;

    /** A pid and its line feed; so short a line comes in one piece. */
    private static final int MAX_QUESTION_BYTES = 16;

    private final Path folder;
    private final Path script;
    private final FileChannel asked;
    private final FileChannel answer;
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private volatile OptionalLong root = OptionalLong.empty();

    private ActionGate(Path folder, String action) throws IOException {
        this.folder = folder;
        this.script = folder.resolve(action);
        writeScript(script);
        this.asked = fifo(folder.resolve("asked"));
        this.answer = fifo(folder.resolve("answer"));
        Thread reader = new Thread(this::awaitAsked, "gate-" + action);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * A gate at an action that nobody has reached yet.
     *
     * @param action as criu names it, such as {@code post-dump}
     * @throws IOException where the temporary folder does not take it
     */
    public static ActionGate open(String action) throws IOException {
        Path folder = Files.createTempDirectory("pageproxy-gate");
        try {
            return new ActionGate(folder, action);
        } catch (IOException e) {
            clear(folder);
            throw e;
        }
    }

    /**
     * A gate at {@code post-dump} of a lazy dump, which would otherwise wait for ever for who wants
     * its pages: there no word is its end, soon after the script's.
     *
     * @throws IOException where the temporary folder does not take it
     */
    public static ActionGate ofLazyDump() throws IOException {
        ActionGate gate = open("post-dump");
        Files.createFile(gate.folder.resolve("lazy"));
        return gate;
    }

    private static void writeScript(Path script) throws IOException {
        try (InputStream text = ActionGate.class.getResourceAsStream("hold.sh")) {
            Files.createFile(
                    script,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.write(script, text.readAllBytes());
        }
    }

    /** Opened both ways, which never blocks; while it is open the other end sees no end. */
    private static FileChannel fifo(Path path) throws IOException {
        LibC libc = Posix.libc();
        if (libc.mkfifo(path.toString(), FIFO_MODE) < 0) {
            throw new IOException(
                    "cannot make the FIFO "
                            + path
                            + ": "
                            + libc.strerror(Native.getLastError())
                            + "; name another temporary folder with"
                            + " PAGEPROXY_JAVA_OPTS=-Djava.io.tmpdir=DIR");
        }
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void awaitAsked() {
        try {
            ByteBuffer question = ByteBuffer.allocate(MAX_QUESTION_BYTES);
            if (asked.read(question) > 0) {
                String pid = US_ASCII.decode(question.flip()).toString().strip();
                root =
                        pid.matches("[1-9][0-9]{0,9}")
                                ? OptionalLong.of(Long.parseLong(pid))
                                : OptionalLong.empty();
                reached.complete(null);
            }
        } catch (IOException closedUnasked) {
            return; // There is nobody left to be told.
        }
    }

    /** The tree's root as criu sees it; empty before it has been reached, or where criu is not. */
    public OptionalLong root() {
        return root;
    }

    /** What criu is to be given on its command line. */
    public List<String> arguments() {
        return List.of("--action-script", script.toString());
    }

    /** Completes when criu is at the action and waits; never where it does not come so far. */
    public CompletableFuture<Void> reached() {
        return reached;
    }

    /** Lets criu go on. */
    public void go() throws IOException {
        answer.write(ByteBuffer.wrap("go\n".getBytes(US_ASCII)));
    }

    /** Takes it down; who waits or comes later hears no, unless it was told to go. */
    @Override
    public void close() throws IOException {
        asked.close();
        answer.close();
        if (Files.exists(folder)) {
            clear(folder);
        }
    }

    private static void clear(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
