package io.pageproxy.simulator;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.SocketPair;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A built-in page server on a thread that looks to the destination proxy like a child process. Its
 * exit code is 0 after CLOSE and 1 after any failure, which it logs.
 */
final class PageServerThread implements ChildProcess {
    private final int descriptor;
    private final DescriptorChannel socket;
    private final PageServer server;
    private final Path log;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final AtomicBoolean socketTaken = new AtomicBoolean();
    private final AtomicInteger killedBy = new AtomicInteger();

    PageServerThread(
            SocketPair sockets,
            ImagesFolder folder,
            int pageSizeBytes,
            RecordLayout layout,
            PageServerScript script) {
        this.descriptor = sockets.descriptor();
        this.socket = sockets.channel();
        this.log = folder.logFile();
        PageSink sink =
                new PageSink(folder.path(), folder.parentPath(), pageSizeBytes, script.lie());
        this.server = new PageServer(socket, sink, layout, script);
    }

    void start() {
        Thread thread = new Thread(this::run, "page-server");
        thread.setDaemon(true);
        thread.start();
    }

    // ---- the proxy's view

    @Override
    public int pid() {
        return (int) ProcessHandle.current().pid();
    }

    @Override
    public int takeSocket() {
        if (!socketTaken.compareAndSet(false, true)) {
            throw new IllegalStateException("the page server's socket was taken before");
        }
        return descriptor;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit.copy();
    }

    @Override
    public boolean signal(int signal) {
        if (exit.isDone()) {
            return false;
        }
        killedBy.compareAndSet(0, signal);
        socket.close();
        return true;
    }

    @Override
    public CompletableFuture<ExitStatus> terminate(Duration grace) {
        signal(Signals.SIGTERM);
        return exit();
    }

    // ---- the server thread

    private void run() {
        int code = 1;
        try {
            code = server.run(this::log);
        } finally {
            socket.close();
            int signal = killedBy.get();
            exit.complete(signal == 0 ? ExitStatus.exited(code) : ExitStatus.killed(signal));
        }
    }

    /** Appends to the log file that the proxy reads. */
    private void log(String message) {
        try {
            Files.writeString(
                    log,
                    "Error: " + message + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.APPEND);
        } catch (IOException theExitCodeSaysEnough) {
            return;
        }
    }
}
