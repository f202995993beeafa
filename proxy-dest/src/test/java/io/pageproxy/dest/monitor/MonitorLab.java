package io.pageproxy.dest.monitor;

import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A monitor with scripted programs, and the socket of its network process. */
final class MonitorLab implements AutoCloseable {
    static final int MAX_RESTORES = 3;

    final ScriptedPrograms programs = new ScriptedPrograms();
    final Path images;
    final PacketSocket network;
    private final RestoreMonitor monitor;

    /** Completes when the monitor serves no more: with a failure if it has cut off the process. */
    private final CompletableFuture<Void> served = new CompletableFuture<>();

    private MonitorLab(Path images, RestoreMonitorOf of) throws IOException {
        this.images = images;
        PacketSocket.Pair pair = PacketSocket.open();
        network = PacketSocket.inherited(pair.descriptor());
        monitor = of.open(pair.ours(), programs);
        Thread thread = new Thread(this::serve, "monitor-in-test");
        thread.setDaemon(true);
        thread.start();
    }

    @FunctionalInterface
    private interface RestoreMonitorOf {
        RestoreMonitor open(PacketSocket socket, ScriptedPrograms programs) throws IOException;
    }

    /** Opens one whose images belong to this user. */
    static MonitorLab open(Path images) throws IOException {
        return open(images, Posix.effectiveUser());
    }

    static MonitorLab open(Path images, int owner) throws IOException {
        return open(images, owner, Duration.ofMinutes(5));
    }

    static MonitorLab open(Path images, int owner, Duration maxWait) throws IOException {
        return new MonitorLab(
                images,
                (socket, programs) ->
                        RestoreMonitor.open(
                                socket,
                                Optional.of(programs),
                                images,
                                owner,
                                MAX_RESTORES,
                                maxWait,
                                () -> {}));
    }

    private void serve() {
        try {
            monitor.serve();
            served.complete(null);
        } catch (IOException e) {
            served.completeExceptionally(e);
        }
    }

    /** Makes a session's folder with images. */
    Path session(String name) throws IOException {
        Path folder = Files.createDirectories(images.resolve(name));
        Files.writeString(folder.resolve("core-1.img"), "core");
        Files.writeString(folder.resolve("inventory.img"), "inventory");
        Files.writeString(folder.resolve("pages-1.img"), "pages");
        Files.writeString(folder.resolve("page-server.log"), "log");
        return folder;
    }

    /** Why the monitor has cut off the network process. */
    String violation() throws InterruptedException, TimeoutException {
        try {
            served.get(10, TimeUnit.SECONDS);
            throw new AssertionError("it was served to the end");
        } catch (ExecutionException e) {
            return e.getCause().getMessage();
        }
    }

    /** What the monitor does when the network process has ended. */
    void endMonitor() {
        monitor.close();
    }

    @Override
    public void close() {
        network.close();
        programs.restores.forEach(ScriptedPrograms.Restore::giveUp);
        monitor.close();
    }
}
