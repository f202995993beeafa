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
 * The migrated process: {@code memory-check.pl}, which fills its memory, counts heartbeats in a
 * file, and computes a digest of its memory on request. It is identified by its process ID and the
 * folder on its command line, both before the dump and after the restore.
 */
final class DemoProcess implements AutoCloseable {
    private static final String WORKLOAD = "memory-check.pl";
    private static final long POLL_MILLIS = 20;
    private static final int SECONDS_PER_GIBIBYTE = 60;
    private static final int EXIT_TIMEOUT_SECONDS = 15;
    private static final int MIN_BEATS = 5;

    private final Process first;
    private final Path dir;
    private final long timeoutSeconds;
    private String digest = "";

    private DemoProcess(Process first, Path dir, long mebibytes) {
        this.first = first;
        this.dir = dir;
        this.timeoutSeconds = EXIT_TIMEOUT_SECONDS + mebibytes * SECONDS_PER_GIBIBYTE / 1024;
    }

    /** Path of the program in the installation folder of pageproxy. */
    static Path program(Path home) {
        return home.resolve("libexec").resolve(WORKLOAD);
    }

    /**
     * Starts the process and waits until it has filled its memory.
     *
     * @param dir folder for its files
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
                    process.timeoutSeconds);
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

    /** Digest of its memory after it was filled. */
    String digest() {
        return digest;
    }

    /** Number of heartbeats so far. */
    long beats() {
        return Long.parseLong(file("beat").orElse("0"));
    }

    /** Waits until its process ID is free, which a restore requires. */
    boolean awaitGone() throws InterruptedException {
        return await(() -> Files.notExists(Path.of("/proc/" + pid())), EXIT_TIMEOUT_SECONDS);
    }

    /**
     * Waits for further heartbeats.
     *
     * @param giveUp returns true if waiting is pointless
     * @return whether there were further heartbeats
     */
    boolean awaitBeatsAfter(long beats, BooleanSupplier giveUp) throws InterruptedException {
        BooleanSupplier beaten = () -> beats() >= beats + MIN_BEATS;
        await(() -> beaten.getAsBoolean() || giveUp.getAsBoolean(), EXIT_TIMEOUT_SECONDS);
        return beaten.getAsBoolean();
    }

    /** Requests a new digest of its memory; returns the digest or the process's error message. */
    String digestAgain() throws IOException, InterruptedException {
        Files.createFile(dir.resolve("check"));
        await(() -> !file("status").orElse("").startsWith("ready"), timeoutSeconds);
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

    /** Reads a file of its folder, which the process replaces atomically. */
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

    /** Kills the original or the restored process; not interruptible. */
    @Override
    public void close() {
        Thread.interrupted();
        try {
            if (isRunning()) {
                ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
            awaitGone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether its process ID still belongs to it. */
    private boolean isRunning() {
        try {
            Path commandLine = Path.of("/proc/" + pid() + "/cmdline");
            return Files.readString(commandLine, StandardCharsets.ISO_8859_1)
                    .contains(dir.toString());
        } catch (IOException e) {
            return false;
        }
    }
}
