package io.pageproxy.source.monitor;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.migrate.dump.DumpedImages;
import io.pageproxy.source.migrate.dump.LazyDump;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.source.migrate.dump.StoppedTree;
import io.pageproxy.source.monitor.JobLink.MonitoredDump;
import io.pageproxy.source.monitor.JobLink.OpenImage;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tree over which only the monitor has the rights. */
public final class MonitoredTree implements MovedTree {
    private static final Logger LOG = LoggerFactory.getLogger(MonitoredTree.class);

    private final JobLink job;
    private final MigrationPlan plan;
    private int round;
    private boolean opened;
    private Optional<Images> images = Optional.empty();

    /**
     * The tree of a job.
     *
     * @param plan only for messages: the monitor has its own
     */
    public MonitoredTree(JobLink job, MigrationPlan plan) {
        this.job = job;
        this.plan = plan;
    }

    @Override
    public boolean lives() {
        try {
            return job.call(Kind.LIVES).number() == 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void open() throws IOException {
        opened = true;
        job.call(Kind.OPEN);
    }

    /** The command is only for messages: the monitor knows its own. */
    @Override
    public DumpCommand preDumper(int number) {
        round = number;
        return DumpCommand.ofCriu(plan.preDumper(number));
    }

    @Override
    public DumpCommand dumper(int roundsDone) {
        round = 0;
        return DumpCommand.ofCriu(plan.dumper(roundsDone, List.of()));
    }

    @Override
    public ChildLauncher launcher() {
        return new ChildLauncher() {
            @Override
            public ChildProcess launch(ChildSpec spec) throws IOException {
                return round > 0 ? job.start(Kind.PRE_DUMP, round) : job.start(Kind.DUMP, 0);
            }
        };
    }

    @Override
    public CompletableFuture<Void> held() {
        return job.held();
    }

    @Override
    public void go() throws IOException {
        job.call(Kind.GO);
    }

    @Override
    public void release() {
        try {
            if (opened) {
                job.call(Kind.RELEASE);
            }
        } catch (IOException e) {
            LOG.debug("the dump is not released: {}", e.getMessage());
        }
    }

    @Override
    public DumpedImages images(boolean pages) throws IOException {
        images = Optional.of(new Images());
        return images.get();
    }

    @Override
    public int count() throws IOException {
        return (int) job.call(Kind.COUNT).number();
    }

    @Override
    public boolean awaitGone(Duration timeout) {
        try {
            return job.call(Kind.AWAIT_GONE, timeout.toMillis()).number() == 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void unlockConnections() {
        try {
            if (plan.connections().isPresent()) {
                job.call(Kind.UNLOCK);
            }
        } catch (IOException e) {
            LOG.warn("connections may stay blocked here: {}", e.getMessage());
        }
    }

    /** It is the monitor's child, whose end is told. */
    @Override
    public void awaitHolderGone() {}

    @Override
    public LazyDump lazyDump(int port) {
        return new Lazy(port);
    }

    @Override
    public StoppedTree prepareStop() throws IOException {
        job.call(Kind.WATCH);
        return new Stop();
    }

    @Override
    public void close() {
        images.ifPresent(Images::closeUnread);
        release();
    }

    /** Images that the monitor opens, some at a time. */
    private final class Images implements DumpedImages {
        private final Deque<OpenImage> open = new ArrayDeque<>();
        private final int count;

        Images() throws IOException {
            count = fetch(0);
        }

        private int fetch(int from) throws IOException {
            List<OpenImage> more = new ArrayList<>();
            try {
                return job.images(from, more);
            } finally {
                open.addAll(more);
            }
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public Image open(int index) throws IOException {
            if (open.isEmpty()) {
                fetch(index);
            }
            OpenImage next = open.poll();
            if (next == null) {
                throw new IOException("the images have become fewer");
            }
            return new Image(next.name(), next.sizeBytes(), content(next));
        }

        private static DescriptorChannel content(OpenImage image) throws IOException {
            return new DescriptorChannel(Posix.libc(), image.descriptor());
        }

        void closeUnread() {
            try {
                for (OpenImage next = open.poll(); next != null; next = open.poll()) {
                    content(next).close();
                }
            } catch (IOException e) {
                LOG.debug("an image stays open: {}", e.getMessage());
            }
        }
    }

    /** A dump that keeps its pages. */
    private final class Lazy implements LazyDump {
        private final int port;
        private final CompletableFuture<Optional<DumperEnd>> ended = new CompletableFuture<>();
        private Optional<MonitoredDump> dump = Optional.empty();

        Lazy(int port) {
            this.port = port;
        }

        @Override
        public void open() throws IOException {
            opened = true;
            job.call(Kind.OPEN, port);
        }

        /** There are no rounds, see {@link MovedTree#localRound}. */
        @Override
        public void start(int roundsDone) throws IOException {
            MonitoredDump started = job.start(Kind.DUMP, 0);
            dump = Optional.of(started);
            Reactions.when(
                    started.exit(),
                    status ->
                            ended.complete(
                                    Optional.of(
                                            new DumperEnd(
                                                    "criu dump", status, started.lastWords()))),
                    lost -> ended.complete(Optional.empty()));
        }

        @Override
        public Optional<Task> process() {
            return dump.filter(child -> !child.exit().isDone())
                    .map(child -> new Task(child.pid(), ""));
        }

        @Override
        public CompletableFuture<Void> held() {
            return job.held();
        }

        @Override
        public CompletableFuture<Optional<DumperEnd>> ended() {
            return ended;
        }

        @Override
        public void serve() throws IOException {
            go();
        }

        @Override
        public void abort() {
            try {
                if (dump.isPresent()) {
                    job.call(Kind.ABORT);
                }
            } catch (IOException e) {
                LOG.warn("the dump is not ended: {}", e.getMessage());
            }
        }

        @Override
        public void close() {
            release();
        }
    }

    /** Tasks that the monitor stops. */
    private final class Stop implements StoppedTree {
        private int size;

        @Override
        public void stop(Task dump) throws IOException {
            size = (int) job.call(Kind.STOP).number();
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public void resumeAfterOurEnd(Duration delay) throws IOException {
            job.call(Kind.RESUME_AFTER, delay.toSeconds());
        }

        @Override
        public void resume() {
            try {
                job.call(Kind.RESUME);
            } catch (IOException e) {
                LOG.warn(
                        "the tasks of {} may be stopped: kill -CONT them: {}",
                        plan.pid(),
                        e.getMessage());
            }
        }

        @Override
        public void end() {
            try {
                job.call(Kind.END);
            } catch (IOException e) {
                LOG.warn("tasks of {} may be left, stopped: {}", plan.pid(), e.getMessage());
            }
        }

        /** The monitor looks after them when the job is over. */
        @Override
        public void close() {}
    }
}
