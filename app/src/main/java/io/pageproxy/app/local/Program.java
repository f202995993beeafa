package io.pageproxy.app.local;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Finds and runs other programs. */
public final class Program {
    private static final long KILL_TIMEOUT_SECONDS = 60;

    private Program() {}

    /** Finds a program on {@code PATH}. */
    public static Optional<String> onPath(String name) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(File.pathSeparator, -1)) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isExecutable(file) && Files.isRegularFile(file)) {
                return Optional.of(file.toString());
            }
        }
        return Optional.empty();
    }

    /**
     * Runs a program to completion and passes each line of its standard output to a consumer.
     *
     * @param said redirection of its standard error
     * @return its exit code
     */
    public static int run(List<String> command, ProcessBuilder.Redirect said, Consumer<String> line)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
        builder.redirectError(said);
        Process process = builder.start();
        try (BufferedReader lines = process.inputReader()) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                line.accept(text);
            }
            if (!process.waitFor(KILL_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command.get(0) + " does not end");
            }
            return process.exitValue();
        } finally {
            end(process);
        }
    }

    /**
     * Kills a process and its descendants and waits until they are gone, so that none of them
     * writes to a file any more.
     */
    public static void end(Process process) throws InterruptedException {
        if (process.isAlive()) {
            List<ProcessHandle> all =
                    Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
            all.forEach(ProcessHandle::destroy);
            if (!gone(all)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                all.forEach(ProcessHandle::destroyForcibly);
                gone(all);
            }
        }
    }

    /** Waits until the processes are gone, up to a timeout. */
    private static boolean gone(List<ProcessHandle> all) throws InterruptedException {
        CompletableFuture<?>[] exits =
                all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(exits).get(2, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }
}
