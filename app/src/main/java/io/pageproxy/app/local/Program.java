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

/** Other programs: where they are, and what they say. */
public final class Program {
    private static final long PATIENCE_SECONDS = 60;

    private Program() {}

    /** The program of that name on {@code PATH}. */
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
     * Runs one to its end and hears each line that it says on standard output.
     *
     * @param said where its standard error goes: together with standard output, or elsewhere
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
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command.get(0) + " does not end");
            }
            return process.exitValue();
        } finally {
            end(process);
        }
    }

    /**
     * Ends it and all that it has started, if it is still there, and waits for that: afterwards
     * none of them writes to a file.
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

    /** Waits a while for them. */
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
