package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Locks a file in a process of its own, because a lock of this process would not exclude this
 * process.
 */
final class LockHolder {
    private LockHolder() {}

    /** Prints whether the lock was free, and holds it until killed. */
    public static void main(String[] args) throws IOException {
        FileChannel file =
                FileChannel.open(
                        Path.of(args[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        System.out.write(file.tryLock() != null ? 'y' : 'n');
        System.out.flush();
        while (System.in.read() >= 0) {}
    }

    /** Starts a process that holds the lock. */
    static Process start(Path file) throws IOException {
        Process process = launch(file);
        if (process.getInputStream().read() != 'y') {
            throw new IllegalStateException(file + " could not be locked");
        }
        return process;
    }

    /** Whether another process can lock the file. */
    static boolean canLock(Path file) throws IOException, InterruptedException {
        Process process = launch(file);
        boolean free = process.getInputStream().read() == 'y';
        process.destroyForcibly().waitFor();
        return free;
    }

    private static Process launch(Path file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
