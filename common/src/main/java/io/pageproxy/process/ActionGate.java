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
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Holds a {@code criu} at one of the actions that it runs its {@code --action-script} for, until we
 * say go or no. A private folder (mode 0700) holds the script, named after the action, and two
 * FIFOs by which it asks and hears. While the gate's owner makes up its mind the script is told to
 * wait, every few seconds. Where we say nothing for too long, close, or die, the script fails, and
 * with it what criu is about: at {@code post-dump} the tasks run on, at {@code post-restore} the
 * restored ones are killed. Any thread.
 */
public final class ActionGate implements AutoCloseable {
    /** A script of a dump, whose tasks are frozen, waits no longer than that for a sign of life. */
    private static final Duration DUMP_SILENCE = Duration.ofSeconds(30);

    private static final int FIFO_MODE = 0600;

    /** A pid and its line feed; so short a line comes in one piece. */
    private static final int MAX_QUESTION_BYTES = 16;

    /** So many signs of life in the time of silence that is borne. */
    private static final int SIGNS = 5;

    private final Path folder;
    private final Path script;
    private final Duration silence;
    private final FileChannel asked;
    private final FileChannel answer;
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile BooleanSupplier ownerLives = () -> true;
    private volatile OptionalLong root = OptionalLong.empty();

    private ActionGate(Path script, Duration silence) throws IOException {
        this.folder = script.getParent();
        this.script = script;
        this.silence = silence;
        this.asked = fifo(folder.resolve("asked"));
        this.answer = fifo(folder.resolve("answer"));
        Thread reader = new Thread(this::serve, "gate-" + script.getFileName());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * A gate of a dump at an action that it has not reached yet.
     *
     * @param action as criu names it, such as {@code post-dump}
     * @throws IOException where no folder is found that the script can be run in
     */
    public static ActionGate open(String action) throws IOException {
        return open(action, DUMP_SILENCE);
    }

    /**
     * The same.
     *
     * @param silence after so long without a sign of life of this process the script gives up
     */
    public static ActionGate open(String action, Duration silence) throws IOException {
        Path folder = ScriptFolder.make(action, text(silence), ScriptFolder.PLACES);
        try {
            return new ActionGate(folder.resolve(action), silence);
        } catch (IOException e) {
            ScriptFolder.remove(folder);
            throw e;
        }
    }

    /**
     * A gate at {@code post-dump} of a lazy dump, which would otherwise wait for ever for who wants
     * its pages: there no word is its end, soon after the script's.
     *
     * @throws IOException where no folder is found that the script can be run in
     */
    public static ActionGate ofLazyDump() throws IOException {
        ActionGate gate = open("post-dump");
        Files.createFile(gate.folder.resolve("lazy"));
        return gate;
    }

    /**
     * Makes sure that one can be opened.
     *
     * @throws IOException that says why not, and what to do
     */
    public static void requirePossible() throws IOException {
        open("post-restore").close();
    }

    private static String text(Duration silence) throws IOException {
        ExecutablePath.ofThisProcess().find("timeout"); // The script has no other clock.
        try (InputStream text = ActionGate.class.getResourceAsStream("hold.sh")) {
            return new String(text.readAllBytes(), US_ASCII)
                    .replace("@SILENCE@", Long.toString(Math.max(1, silence.toSeconds())));
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
                            + "; "
                            + ScriptFolder.HINT);
        }
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void serve() {
        try {
            ByteBuffer question = ByteBuffer.allocate(MAX_QUESTION_BYTES);
            if (asked.read(question) > 0) {
                String pid = US_ASCII.decode(question.flip()).toString().strip();
                root =
                        pid.matches("[1-9][0-9]{0,9}")
                                ? OptionalLong.of(Long.parseLong(pid))
                                : OptionalLong.empty();
                reached.complete(null);
                showLife();
            }
        } catch (IOException closed) {
            return; // There is nobody left to be told.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void showLife() throws IOException, InterruptedException {
        long intervalMillis = silence.toMillis() / SIGNS;
        do {
            if (!ownerLives.getAsBoolean()) {
                close(); // Nobody is left who could say anything.
                return;
            }
            say("wait");
        } while (!decided.await(intervalMillis, TimeUnit.MILLISECONDS));
    }

    private void say(String word) throws IOException {
        answer.write(ByteBuffer.wrap((word + "\n").getBytes(US_ASCII)));
    }

    /** From now on it is closed where its owner is gone without having said anything. */
    public void ownedBy(BooleanSupplier lives) {
        ownerLives = lives;
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
        decided.countDown();
        say("go");
    }

    /** Takes it down; who waits or comes later hears no, unless it was told to go. */
    @Override
    public void close() throws IOException {
        decided.countDown();
        asked.close();
        answer.close();
        if (Files.exists(folder)) {
            ScriptFolder.remove(folder);
        }
    }
}
