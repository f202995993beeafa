package io.pageproxy.source.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JsonText;
import io.pageproxy.criu.Task;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A monitor, the other end of its socket, a tree, and a script that dumps it as CRIU does: it is
 * held by its action script, kills the tree if that succeeds, and fails if it does not.
 */
final class MonitorLab implements AutoCloseable {
    private static final String CRIU =
            """
            #!/bin/sh
            echo "$*" >>'%1$s/commands'
            while [ $# -gt 0 ]; do
                case $1 in
                --tree) tree=$2 ;;
                --images-dir) images=$2 ;;
                --action-script) barrier=$2 ;;
                esac
                shift
            done
            echo core >"$images/core-1.img"
            echo inventory >"$images/inventory.img"
            echo pages >"$images/pages-1.img"
            ln -s /etc/passwd "$images/foreign.img"
            echo hello >&3
            [ -n "$barrier" ] || exit 0
            export CRTOOLS_SCRIPT_ACTION=post-dump
            "$barrier" || { echo 'Error (x.c:1): not let go on' >"$images/dump.log"; exit 1; }
            kill -KILL "$tree"
            """;

    final PacketSocket network;
    final SourceMonitor monitor;
    final CompletableFuture<Void> served = new CompletableFuture<>();
    final Process process;
    final Task root;
    final Path folder;
    final Path images;
    final List<String> said = new CopyOnWriteArrayList<>();
    private final Path criu;
    private final Deque<Event> early = new ArrayDeque<>();
    private OptionalInt socket = OptionalInt.empty();
    private final List<CompletableFuture<JobEnd>> ends = new ArrayList<>();
    private final List<SourceMonitor.Job> jobs = new ArrayList<>();

    MonitorLab(Path folder) throws IOException {
        this(folder, Duration.ofMinutes(5));
    }

    /**
     * @param maxSilence after which the network process counts as lost
     */
    MonitorLab(Path folder, Duration maxSilence) throws IOException {
        this.folder = folder;
        images = Files.createDirectory(folder.resolve("images"));
        criu = Files.writeString(folder.resolve("criu"), CRIU.formatted(folder));
        Files.setPosixFilePermissions(criu, PosixFilePermissions.fromString("rwx------"));
        process = new ProcessBuilder("sleep", "300").start();
        root = Task.of(process.pid()).orElseThrow();
        PacketSocket.Pair pair = PacketSocket.open();
        network = PacketSocket.inherited(pair.descriptor());
        monitor = new SourceMonitor(pair.ours(), () -> {}, maxSilence);
        Thread thread = new Thread(this::serve, "monitor-in-test");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            monitor.serve();
            served.complete(null);
        } catch (IOException e) {
            served.completeExceptionally(e);
        }
    }

    MigrationPlan plan(int rounds) {
        return new MigrationPlan(
                criu.toString(),
                root,
                images,
                RoundsChoice.exactly(rounds),
                true,
                List.of("--shell-job"));
    }

    /** Begins a migration, whose id is 1 if it is the first job. */
    CompletableFuture<JobEnd> migrate(boolean lazy, int rounds) throws IOException {
        return begin(
                new JobPermit(
                        Optional.of(new JobPermit.Migration(plan(rounds), lazy)),
                        List.of(),
                        launcher()));
    }

    CompletableFuture<JobEnd> dumper(String... command) throws IOException {
        return begin(new JobPermit(Optional.empty(), List.of(command), launcher()));
    }

    private static PosixChildLauncher launcher() throws IOException {
        return new PosixChildLauncher(4096);
    }

    /** Begins a migration whose request a {@link MonitorLink} reads. */
    CompletableFuture<JobEnd> migrateByLink() throws IOException {
        JobPermit.Migration moves = new JobPermit.Migration(plan(0), false);
        return start(new JobPermit(Optional.of(moves), List.of(), launcher()));
    }

    private CompletableFuture<JobEnd> begin(JobPermit permit) throws IOException {
        CompletableFuture<JobEnd> end = start(permit);
        if (next().kind() != Kind.JOB) {
            throw new AssertionError("the job was not given to the network process");
        }
        return end;
    }

    private CompletableFuture<JobEnd> start(JobPermit permit) {
        SourceMonitor.Job job = monitor.newJob();
        jobs.add(job);
        CompletableFuture<JobEnd> end =
                BackgroundTask.start(
                        "job", () -> job.run(List.of("/", "migrate"), permit, new Output()));
        ends.add(end);
        return end;
    }

    void stopJob() {
        jobs.get(0).stop();
    }

    // ---- the network process

    void send(Kind kind, int id, long number, String text) throws IOException {
        network.send(new MonitorMessage(kind, id, number, text).encode(), OptionalInt.empty());
    }

    void send(Kind kind, long number) throws IOException {
        send(kind, 1, number, "");
    }

    /** An event, and what it carries. */
    record Event(Kind kind, long number, String text, OptionalInt descriptor) {
        /** Reads a text and closes the descriptor. */
        String read() throws IOException {
            LibC libc = Posix.libc();
            int file = descriptor.getAsInt();
            libc.fcntl(file, LibC.F_SETFL, libc.fcntl(file, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
            try (DescriptorChannel channel = new DescriptorChannel(libc, file)) {
                ByteBuffer bytes = ByteBuffer.allocateDirect(100);
                channel.read(bytes);
                return UTF_8.decode(bytes.flip()).toString();
            }
        }
    }

    /** The next event that is no answer to a call. */
    Event next() throws IOException {
        Event event = early.poll();
        return event == null ? receive() : event;
    }

    /** Not hearing anything for long is a failure. */
    private Event receive() throws IOException {
        PacketSocket.Packet packet =
                BackgroundTask.start(
                                "receive", () -> network.receive(MonitorMessage.MAX_EVENT_BYTES))
                        .orTimeout(15, TimeUnit.SECONDS)
                        .join()
                        .orElseThrow(() -> new IOException("cut off"));
        MonitorMessage event = MonitorMessage.decode(packet.bytes());
        return new Event(event.kind(), event.number(), event.text(), packet.descriptor());
    }

    /** Calls and returns the answer; events that come before it are kept. */
    Event call(Kind kind, long number) throws IOException {
        send(kind, number);
        Event event = receive();
        while (event.kind() != Kind.DONE && event.kind() != Kind.FAILED) {
            early.add(event);
            event = receive();
        }
        return event;
    }

    /** Opens the barrier and starts the dump; returns once it is held. */
    void hold() throws IOException {
        call(Kind.OPEN, 0);
        Event started = call(Kind.DUMP, 0);
        socket = started.descriptor();
        if (next().kind() != Kind.HELD) {
            throw new AssertionError("the dump is not held");
        }
    }

    List<String> commands() throws IOException {
        return Files.readAllLines(folder.resolve("commands"));
    }

    /** Why the monitor has cut off the network process. */
    String violation() throws Exception {
        try {
            served.get(10, TimeUnit.SECONDS);
            throw new AssertionError("it was served to the end");
        } catch (ExecutionException e) {
            return e.getCause().getMessage();
        }
    }

    @Override
    public void close() throws IOException {
        network.close();
        monitor.close();
        ends.forEach(end -> end.orTimeout(20, TimeUnit.SECONDS).join());
        process.destroyForcibly();
        if (socket.isPresent()) {
            Posix.close(socket.getAsInt());
        }
    }

    /** Keeps what a job says. */
    private final class Output implements JobOutput {
        @Override
        public void stdout(String text) {
            said.add("stdout " + text);
        }

        @Override
        public void stderr(String text) {
            said.add("stderr " + text);
        }

        @Override
        public void log(String text) {
            said.add("log " + text);
        }

        @Override
        public boolean hasReaders() {
            return true;
        }

        @Override
        public void progress(String text, JsonText.Content figures) {
            String others =
                    JsonText.of(
                            json -> {
                                json.writeStartObject();
                                figures.write(json);
                                json.writeEndObject();
                            });
            said.add("progress " + text + " " + others);
        }

        @Override
        public void report(String json) {
            said.add("report " + json);
        }
    }
}
