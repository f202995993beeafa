package io.pageproxy.dest.monitor;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.Answer;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A restore that the monitor runs. Any thread. */
final class MonitoredRestore implements Restores.Paused, ProgramEvents {
    private static final Logger LOG = LoggerFactory.getLogger(MonitoredRestore.class);

    private final int id;
    private final Requests monitor;
    private final MonitoredProgram program;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private volatile Answer<List<Long>> look = new Answer<>();
    private volatile Optional<Task> root = Optional.empty();
    private volatile OptionalLong pid = OptionalLong.empty();

    /**
     * Not started yet.
     *
     * @param folder gets the end of the log
     */
    MonitoredRestore(int id, Path folder, Requests monitor) {
        this.id = id;
        this.monitor = monitor;
        this.program = new MonitoredProgram(id, folder.resolve(Restores.LOG_FILE_NAME), monitor);
    }

    @Override
    public MonitoredProgram program() {
        return program;
    }

    @Override
    public void on(MonitorMessage event, OptionalInt carried) {
        switch (event.kind()) {
            case FAILED -> {
                program.on(event);
                look.fail(event.text());
            }
            case PAUSED -> {
                root =
                        known(event.number()).stream()
                                .mapToObj(task -> new Task(task, event.text()))
                                .findFirst();
                ready.complete(null);
            }
            case ROOT -> pid = known(event.number());
            case LEFT ->
                    look.complete(
                            Stream.of(event.text().split(",", -1))
                                    .filter(word -> !word.isEmpty())
                                    .map(Long::valueOf)
                                    .toList());
            default -> program.on(event);
        }
    }

    private static OptionalLong known(long process) {
        return process > 0 ? OptionalLong.of(process) : OptionalLong.empty();
    }

    @Override
    public void onMonitorGone() {
        program.onMonitorGone();
        look.monitorGone();
    }

    @Override
    public CompletableFuture<Void> ready() {
        return ready;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return program.exit();
    }

    @Override
    public void run() throws IOException {
        monitor.send(new MonitorMessage(Kind.GO, id));
    }

    @Override
    public void giveUp() {
        program.request(Kind.GIVE_UP, 0);
    }

    @Override
    public List<Long> killLeft() {
        return look(true);
    }

    @Override
    public List<Long> left() {
        return look(false);
    }

    private List<Long> look(boolean kill) {
        Answer<List<Long>> answer = new Answer<>();
        look = answer;
        try {
            monitor.send(new MonitorMessage(Kind.LOOK, id, kill ? 1 : 0));
            return answer.await();
        } catch (IOException e) {
            LOG.warn("it is not known what a restore has left: {}", e.getMessage());
            return List.of();
        }
    }

    @Override
    public Optional<Task> root() {
        return root;
    }

    @Override
    public OptionalLong pid() {
        return pid;
    }
}
