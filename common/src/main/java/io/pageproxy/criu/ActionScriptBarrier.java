package io.pageproxy.criu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ExecutablePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Blocks a {@code criu} at one of its {@code --action-script} actions until it may go on.
 *
 * <p>A private folder (mode 0700) holds the script, which is named after the action, and two FIFOs
 * for its question and our answer. Until we have decided, the script gets a keepalive every few
 * seconds. The script fails when we close, die, or are silent for too long, and criu then undoes
 * what it was doing: at {@code post-dump} the dumped tasks resume, at {@code post-restore} the
 * restored tasks are killed. Any thread.
 */
public final class ActionScriptBarrier implements AutoCloseable {
    /** How long frozen tasks wait for a keepalive before the script of a dump fails. */
    private static final Duration DUMP_SILENCE = Duration.ofSeconds(30);

    private static final int FIFO_MODE = 0600;

    /** A pid and a line feed; a write this short is atomic. */
    private static final int MAX_QUESTION_BYTES = 16;

    /** Keepalives sent within the time after which the script gives up. */
    private static final int KEEPALIVES = 5;

    private final Path folder;
    private final Path script;
    private final Duration silence;
    private final FileChannel asked;
    private final FileChannel answer;
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile BooleanSupplier ownerAlive = () -> true;
    private volatile Optional<Task> root = Optional.empty();

    private ActionScriptBarrier(Path script, Duration silence) throws IOException {
        this.folder = script.getParent();
        this.script = script;
        this.silence = silence;
        this.asked = fifo(folder.resolve("asked"));
        this.answer = fifo(folder.resolve("answer"));
        Thread reader = new Thread(this::serve, "barrier-" + script.getFileName());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Opens the barrier of a dump that has yet to reach the action.
     *
     * @param action criu's name, such as {@code post-dump}
     * @throws IOException if there is no folder from which the script can be executed
     */
    public static ActionScriptBarrier open(String action) throws IOException {
        return open(action, DUMP_SILENCE);
    }

    /**
     * Opens a barrier.
     *
     * @param silence how long the script waits for a keepalive of this process before it fails
     */
    public static ActionScriptBarrier open(String action, Duration silence) throws IOException {
        Path folder = ScriptFolder.make(action, text(silence), ScriptFolder.PLACES);
        try {
            return new ActionScriptBarrier(folder.resolve(action), silence);
        } catch (IOException e) {
            ScriptFolder.remove(folder);
            throw e;
        }
    }

    /**
     * Opens a barrier at {@code post-dump} of a lazy dump. A lazy dump ignores that its script
     * fails and would wait for ever for a client of its pages: the script kills it.
     *
     * @throws IOException if there is no folder from which the script can be executed
     */
    public static ActionScriptBarrier ofLazyDump() throws IOException {
        ActionScriptBarrier barrier = open("post-dump");
        Files.createFile(barrier.folder.resolve("lazy"));
        return barrier;
    }

    /**
     * Checks that a barrier can be opened.
     *
     * @throws IOException that says why not, and what to do
     */
    public static void requirePossible() throws IOException {
        open("post-restore").close();
    }

    private static String text(Duration silence) throws IOException {
        ExecutablePath.ofThisProcess().find("bash"); // The script needs it.
        try (InputStream text = ActionScriptBarrier.class.getResourceAsStream("action-script.sh")) {
            return new String(text.readAllBytes(), US_ASCII)
                    .replace("@SILENCE@", Long.toString(Math.max(1, silence.toSeconds())));
        }
    }

    /** Opens for both directions, which never blocks, and keeps the peer from end of file. */
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
                if (pid.matches("[1-9][0-9]{0,9}")) {
                    root = Task.of(Long.parseLong(pid)); // criu waits, so it is not reused yet.
                }
                reached.complete(null);
                sendKeepalives();
            }
        } catch (IOException closed) {
            return; // The barrier was closed before criu reached it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendKeepalives() throws IOException, InterruptedException {
        long intervalMillis = silence.toMillis() / KEEPALIVES;
        do {
            if (!ownerAlive.getAsBoolean()) {
                close(); // Nobody is left to decide.
                return;
            }
            send("wait");
        } while (!decided.await(intervalMillis, TimeUnit.MILLISECONDS));
    }

    private void send(String word) throws IOException {
        answer.write(ByteBuffer.wrap((word + "\n").getBytes(US_ASCII)));
    }

    /** Closes the barrier when its owner ends without having decided. */
    public void ownedBy(BooleanSupplier lives) {
        ownerAlive = lives;
    }

    /**
     * Closes it when the calling thread ends without having decided, too.
     *
     * @param lives false once whoever that thread works for has ended
     */
    public void ownedByThisThread(BooleanSupplier lives) {
        Thread owner = Thread.currentThread();
        ownedBy(() -> owner.isAlive() && lives.getAsBoolean());
    }

    /** The tree's root as criu tells it; empty before the action, or if criu does not. */
    public Optional<Task> root() {
        return root;
    }

    /** Arguments for criu's command line. */
    public List<String> arguments() {
        return List.of("--action-script", script.toString());
    }

    /** Completes when criu waits at the action; never if it does not reach it. */
    public CompletableFuture<Void> reached() {
        return reached;
    }

    /** Lets criu go on. */
    public void go() throws IOException {
        decided.countDown();
        send("go");
    }

    /** Closes the barrier: unless {@link #go} was called, the script fails, now or when it runs. */
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
