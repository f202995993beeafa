package io.pageproxy.dest.monitor;

import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.dest.lazy.LazyPages;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Restores that end when the test says so; daemons are a {@code cat} on their socket. */
final class ScriptedPrograms implements RestorePrograms {
    /** Needs its inventory to go on. */
    private static final String DAEMON = "[ -n \"$(cat <&4)\" ] && exec cat <&3 >&3";

    static final long ROOT_PID = 4711;
    static final Task ROOT = new Task(ROOT_PID, "12");

    final List<Restore> restores = new CopyOnWriteArrayList<>();
    final List<String> watchdogs = new CopyOnWriteArrayList<>();

    @Override
    public HeldImages hold(Path folder) throws IOException {
        return HeldInventory.in(folder);
    }

    @Override
    public Restores.Paused start(Path folder, boolean lazy, int reader) throws IOException {
        Restore restore = new Restore(folder);
        restores.add(restore);
        Files.writeString(folder.resolve(Restores.LOG_FILE_NAME), "the end of a log");
        restore.waitForImages(Posix.duplicate(reader));
        return restore;
    }

    @Override
    public LazyPages lazyPages() {
        return new LazyPages() {
            @Override
            public ChildProcess launch(Path folder, int reader) throws IOException {
                return new PosixChildLauncher(4096)
                        .launch(
                                new ChildSpec(
                                        List.of("bash", "-c", DAEMON),
                                        Map.of("PATH", "/usr/bin:/bin"),
                                        Optional.of(folder.resolve(LOG_FILE_NAME)),
                                        OptionalInt.of(reader)));
            }

            @Override
            public void awaitListening(Path folder, ChildProcess daemon) {}
        };
    }

    @Override
    public Restores.Watchdog watch(Task root, OptionalInt kept) {
        watchdogs.add("watch " + root.pid());
        return new Restores.Watchdog() {
            @Override
            public void apply(Action action) {
                watchdogs.add("apply " + action);
            }

            @Override
            public void onOwnerExit(Action action) {
                watchdogs.add("else " + action);
            }

            @Override
            public void leave() {
                watchdogs.add("leave");
            }

            @Override
            public void close() {
                watchdogs.add("close");
            }
        };
    }

    /** One restore. */
    static final class Restore implements Restores.Paused {
        final Path folder;
        final CompletableFuture<Void> ready = new CompletableFuture<>();
        final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        final AtomicInteger runs = new AtomicInteger();
        volatile boolean givenUp;
        volatile boolean killedLeft;

        /** Whether it has its inventory. */
        volatile boolean reads;

        Restore(Path folder) {
            this.folder = folder;
        }

        /** As criu does: it fails if there is no inventory. */
        private void waitForImages(int inventory) throws IOException {
            DescriptorChannel pipe = new DescriptorChannel(Posix.libc(), inventory);
            Thread waiting =
                    new Thread(
                            () -> {
                                try (pipe) {
                                    reads = pipe.read(ByteBuffer.allocateDirect(1)) > 0;
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                                if (!reads) {
                                    exit.complete(ExitStatus.exited(1));
                                }
                            },
                            "restore-in-test");
            waiting.setDaemon(true);
            waiting.start();
        }

        @Override
        public CompletableFuture<Void> ready() {
            return ready;
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return exit;
        }

        @Override
        public void run() {
            runs.incrementAndGet();
        }

        @Override
        public void giveUp() {
            givenUp = true;
            exit.complete(ExitStatus.killed(9));
        }

        @Override
        public List<Long> killLeft() {
            killedLeft = true;
            return List.of(1L, 2L);
        }

        @Override
        public Optional<Task> root() {
            return ready.isDone() ? Optional.of(ROOT) : Optional.empty();
        }

        @Override
        public OptionalLong pid() {
            return OptionalLong.of(ROOT_PID);
        }
    }
}
