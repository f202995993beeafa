package io.pageproxy.app.demo;

import io.pageproxy.app.local.LocalFailure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The process that is moved: {@code memory-check.pl}, which fills its memory, counts its heart's
 * beats in a file, and digests its memory when asked. It is known by its process id and the folder
 * on its command line, before the dump and after the restore alike.
 */
final class DemoProcess implements AutoCloseable {
    private static final String WORKLOAD = "memory-check.pl";
    private static final long POLL_MILLIS = 20;
    private static final int SECONDS_A_GIBIBYTE = 60;
    private static final int SECONDS_TO_GO = 15;
    private static final int BEATS_TO_SEE = 5;

    private final Process first;
    private final Path dir;
    private final long patienceSeconds;
    private String digest = "";

    private DemoProcess(Process first, Path dir, long mebibytes) {
        this.first = first;
        this.dir = dir;
        this.patienceSeconds = SECONDS_TO_GO + mebibytes * SECONDS_A_GIBIBYTE / 1024;
    }

    /** The program's file below the folder that pageproxy is installed in. */
    static Path program(Path home) {
        return home.resolve("libexec").resolve(WORKLOAD);
    }

    /**
     * Starts it and waits until it has filled its memory.
     *
     * @param dir where it keeps its files
     */
    static DemoProcess start(String perl, Path program, Path dir, long mebibytes)
            throws IOException, InterruptedException, LocalFailure {
        File log = dir.resolve("log").toFile();
        Process started =
                new ProcessBuilder(perl, program.toString(), dir.toString(), "" + mebibytes)
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(log)
                        .redirectError(log)
                        .start();
        DemoProcess process = new DemoProcess(started, dir, mebibytes);
        try {
            process.await(
                    () -> process.file("status").isPresent() || !started.isAlive(),
                    process.patienceSeconds);
            process.digest = process.word("status", "ready");
            if (process.digest.isEmpty()) {
                throw LocalFailure.here(
                        "the process did not get ready: " + process.file("log").orElse("no word"));
            }
            return process;
        } catch (InterruptedException | LocalFailure | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    long pid() {
        return first.pid();
    }

    /** Of its memory when it was filled. */
    String digest() {
        return digest;
    }

    /** How often its heart has beaten. */
    long beats() {
        return Long.parseLong(file("beat").orElse("0"));
    }

    /** Waits until its process id is nobody's any more, which a restore needs. */
    boolean awaitGone() throws InterruptedException {
        return await(() -> Files.notExists(Path.of("/proc/" + pid())), SECONDS_TO_GO);
    }

    /**
     * Waits until the heart has beaten some more.
     *
     * @param giveUp asked whether there is no hope left
     * @return whether it did
     */
    boolean awaitBeatsAfter(long beats, BooleanSupplier giveUp) throws InterruptedException {
        BooleanSupplier beaten = () -> beats() >= beats + BEATS_TO_SEE;
        await(() -> beaten.getAsBoolean() || giveUp.getAsBoolean(), SECONDS_TO_GO);
        return beaten.getAsBoolean();
    }

    /** Lets it digest its memory anew; returns the digest, or what it has to say instead. */
    String digestAgain() throws IOException, InterruptedException {
        Files.createFile(dir.resolve("check"));
        await(() -> !file("status").orElse("").startsWith("ready"), patienceSeconds);
        String same = word("status", "ok 1");
        return same.isEmpty() ? file("status").orElse("nothing") : same;
    }

    private boolean await(BooleanSupplier condition, long seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
        return true;
    }

    private String word(String file, String before) {
        String line = file(file).orElse("");
        return line.startsWith(before + " ") ? line.substring(before.length() + 1) : "";
    }

    /** What a file of its folder says; it is replaced by a rename, so never half of it. */
    private Optional<String> file(String name) {
        try {
            return Optional.of(
                    Files.readString(dir.resolve(name), StandardCharsets.ISO_8859_1).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.toString());
        }
    }

    /** Kills it, be it the first one or the one restored; an interrupt does not hinder that. */
    @Override
    public void close() {
        Thread.interrupted();
        try {
            if (isThere()) {
                ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
            awaitGone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether its process id is still its own. */
    private boolean isThere() {
        try {
            Path commandLine = Path.of("/proc/" + pid() + "/cmdline");
            return Files.readString(commandLine, StandardCharsets.ISO_8859_1)
                    .contains(dir.toString());
        } catch (IOException e) {
            return false;
        }
    }
}
