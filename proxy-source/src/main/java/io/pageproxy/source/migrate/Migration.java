package io.pageproxy.source.migrate;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.net.Endpoint;
import io.pageproxy.process.ActionGate;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.source.SourceProxy;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationReport.Times;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one tree. The dump waits at {@code post-dump}, its tasks frozen, until the destination has
 * the tree restored and held; then the dump ends and kills them; then the destination is told, and
 * lets its copy run. So at no time can two copies run, and a failure before the dump was let go
 * leaves the tasks running here.
 */
public final class Migration implements Migrating {
    private static final Logger LOG = LoggerFactory.getLogger(Migration.class);

    /** So long killed tasks may take to give back their memory. */
    private static final Duration DEATH_PATIENCE = Duration.ofMinutes(1);

    /** And so long where the dump has failed, and has probably not killed them. */
    private static final Duration FAILED_DUMP_PATIENCE = Duration.ofSeconds(2);

    private final MigrationPlan plan;
    private final Rounds rounds;
    private final SourceConfig config;
    private final Function<Channel, SslHandler> tls;
    private final ChildLauncher launcher;
    private final Destination destination;
    private final CompletableFuture<SessionReport> pagesOver = new CompletableFuture<>();
    private final long startNanos = System.nanoTime();

    private final FilesSession files;
    private ActionGate gate; // Null before the run.
    private volatile SourceProxy proxy;
    private volatile long dumpNanos;
    private volatile long pagesNanos;
    private volatile long stagedNanos;
    private Staged staged;
    private TaskTree tasks;
    private int fileCount;
    private long fileBytes;
    private boolean letGo;
    private boolean givenUp;

    /**
     * A migration that has not begun.
     *
     * @param config the source's; the dumper's words are the plan's
     * @param tls makes the TLS handler of one connection
     * @param launcher starts the dumper
     */
    public Migration(
            MigrationPlan plan,
            SourceConfig config,
            Function<Channel, SslHandler> tls,
            ChildLauncher launcher) {
        this.plan = plan;
        this.rounds = new Rounds(plan);
        this.config = config;
        this.tls = tls;
        this.destination = new Destination(config, tls);
        this.files = destination.files(plan.restore(), false);
        this.launcher = launcher;
    }

    @Override
    public MigrationReport run() throws IOException, InterruptedException {
        try (ActionGate opened = ActionGate.open("post-dump");
                HeldDump held = new HeldDump(opened, this::moveOn, this::onMoveFailed)) {
            held.watch();
            synchronized (this) {
                gate = opened;
            }
            destination.attach(files);
            if (files.failed().isDone()) {
                return failed(files.failed().join());
            }
            SessionEnd end;
            try (SourceProxy pages = new SourceProxy(config, tls, launcher, observer())) {
                proxy = pages;
                Reactions.whenDone(files.failed(), () -> giveUp(pages));
                Optional<Outcome> broken = runRounds(pages);
                if (broken.isPresent() || files.failed().isDone()) {
                    return failed(broken.orElseGet(files.failed()::join));
                }
                end = dump(pages);
            } finally {
                proxy = null;
            }
            int exitCode = end.exitCode();
            return wasLetGo() ? commit(exitCode) : failed(whyDumpFailed(exitCode));
        }
    }

    private void giveUp(SourceProxy pages) {
        Outcome why = files.failed().join();
        pages.giveUp(why.reason(), "the migration has failed: " + why.message());
    }

    private Optional<Outcome> runRounds(SourceProxy pages) throws InterruptedException {
        Optional<Outcome> broken = rounds.run(config.session().orElse(""), pages, files.failed());
        broken.ifPresent(why -> files.fail(why.reason(), why.message()));
        return broken;
    }

    private SessionEnd dump(SourceProxy pages) throws InterruptedException {
        LOG.info("1/4 pages: criu dump of {} begins", plan.pid());
        return pages.dumpOfMigration(
                config.session(), plan.dumper(rounds.done().size(), gate.arguments()));
    }

    private SourceObserver observer() {
        return new SourceObserver() {
            @Override
            public void onAccepted(Accept accept) {
                dumpNanos = System.nanoTime();
            }

            @Override
            public void onListening(Endpoint address) {
                throw new IllegalStateException("the dumper is started, nobody connects");
            }

            @Override
            public void onDumperRefused(String who) {
                throw new IllegalStateException("the dumper is started, nobody connects");
            }

            @Override
            public void onStreamOver(SessionReport report) {
                if (report.session().equals(config.session())) { // Else it is a round's.
                    pagesNanos = System.nanoTime();
                    pagesOver.complete(report);
                }
            }

            @Override
            public void onSessionOver(SessionReport report) {
                // What is to be said is said of the whole.
            }
        };
    }

    // ---- the dump waits at post-dump

    private void moveOn() throws IOException {
        CompletableFuture.anyOf(pagesOver, files.failed()).join();
        if (!pagesOver.isDone() || !pagesOver.join().outcome().good()) {
            throw new SessionException(CloseReason.DUMPER_LOST, "the pages are not whole");
        }
        tasks = TaskTree.of(plan.pid());
        List<Path> images = OtherImages.in(plan.dumpFolder());
        fileCount = images.size();
        LOG.info("2/4 files: {} other images", fileCount);
        fileBytes = files.send(images);
        LOG.info(
                plan.restore()
                        ? "3/4 restore: held at the destination until the tasks are gone here"
                        : "3/4 no restore: the images are made durable");
        staged = files.staged().join();
        stagedNanos = System.nanoTime();
        letGo();
    }

    /** Whatever it is, the tasks are frozen and have to run on. */
    private void onMoveFailed(Throwable why) {
        try {
            if (why instanceof SessionException ended) {
                files.fail(ended.reason(), ended.getMessage());
            } else if (why instanceof IOException) {
                files.fail(
                        CloseReason.LOCAL_FAILURE,
                        "an image cannot be read: " + FailureText.of(why));
            } else {
                LOG.error("a fault of pageproxy's own, please report it", why);
                files.fail(CloseReason.LOCAL_FAILURE, "a fault of pageproxy's own: " + why);
            }
        } finally {
            giveUp();
        }
    }

    /** From here on the tasks cannot come back to life here. */
    private synchronized void letGo() throws IOException {
        if (!givenUp && !files.failed().isDone()) {
            LOG.info("4/4 commit: the dump ends, and with it the {} tasks here", tasks.size());
            letGo = true;
            gate.go();
        } else {
            giveUp();
        }
    }

    private synchronized boolean wasLetGo() {
        givenUp = true;
        return letGo;
    }

    private synchronized void giveUp() {
        givenUp = true;
        if (gate == null) {
            return;
        }
        try {
            gate.close();
        } catch (IOException closedEnough) {
            return;
        }
    }

    // ---- the end

    private MigrationReport commit(int exitCode) throws InterruptedException {
        if (!tasks.awaitGone(exitCode == 0 ? DEATH_PATIENCE : FAILED_DUMP_PATIENCE)) {
            files.fail(
                    CloseReason.DUMPER_LOST,
                    "criu dump ended with "
                            + exitCode
                            + " and has left tasks of "
                            + plan.pid()
                            + " alive");
            return failed(files.failed().join());
        }
        Commitment.Answer answer =
                new Commitment(files, destination::dial, config.timeouts().peer()).await();
        if (answer.committed() != null) {
            return report(
                    Outcome.completed(
                            Side.DESTINATION,
                            plan.restore()
                                    ? "the tree runs at the destination"
                                    : "the images are whole at the destination"),
                    plan.restore() ? Copy.DESTINATION : Copy.IMAGES,
                    answer.committed().pid());
        }
        return report(
                more(answer.failure(), answer.refused() ? nothingRuns() : couldNotBeHeard()),
                answer.refused() ? Copy.IMAGES : Copy.UNKNOWN,
                OptionalLong.empty());
    }

    private String nothingRuns() {
        return "; the tasks are gone here, and the destination lets none run before it has heard so:"
                + " its images are whole, restore them by hand there, once it has given its own"
                + " copy up: "
                + byHand();
    }

    private String couldNotBeHeard() {
        return "; the tasks are gone here, and whether they run at the destination could not be"
                + " heard: look there. If they do not, its images are whole: "
                + byHand();
    }

    private String byHand() {
        return "criu restore -D "
                + pages().flatMap(SessionReport::imagesFolder).orElse("the session's folder");
    }

    /** Where the connection for the files has failed first, the pages' session was told to stop. */
    private Outcome whyDumpFailed(int exitCode) {
        Optional<Outcome> ofPages =
                pages().map(SessionReport::outcome).filter(outcome -> !outcome.good());
        boolean filesFirst = files.failed().isDone();
        files.fail(
                ofPages.map(Outcome::reason).orElse(CloseReason.DUMPER_LOST),
                ofPages.map(Outcome::message).orElse("criu dump ended with " + exitCode));
        return filesFirst ? files.failed().join() : ofPages.orElse(files.failed().join());
    }

    private Optional<SessionReport> pages() {
        return Optional.ofNullable(pagesOver.getNow(null));
    }

    /** The tasks run on, unless something else has ended them, which is then said. */
    private MigrationReport failed(Outcome why) throws InterruptedException {
        return TaskTree.of(plan.pid()).awaitGone(Duration.ZERO)
                ? report(
                        more(why, "; and the tasks are gone here, which was not our doing"),
                        Copy.UNKNOWN,
                        OptionalLong.empty())
                : report(more(why, "; the tasks run on here"), Copy.SOURCE, OptionalLong.empty());
    }

    private static Outcome more(Outcome outcome, String words) {
        return new Outcome(
                outcome.reason(), outcome.side(), outcome.message() + words, outcome.detail());
    }

    private MigrationReport report(Outcome outcome, Copy copy, OptionalLong pid) {
        long endNanos = System.nanoTime();
        double filesSeconds = 0;
        double restoreSeconds = 0;
        if (staged != null) {
            restoreSeconds = staged.restoreSeconds();
            filesSeconds = seconds(pagesNanos, stagedNanos) - restoreSeconds;
        }
        return new MigrationReport(
                outcome,
                false,
                copy,
                rounds.done(),
                pages(),
                pid,
                fileCount,
                fileBytes,
                files.wireBytes(),
                new Times(
                        seconds(dumpNanos, pagesNanos),
                        filesSeconds,
                        restoreSeconds,
                        staged == null ? 0 : seconds(stagedNanos, endNanos),
                        0,
                        seconds(startNanos, endNanos)));
    }

    private static double seconds(long fromNanos, long toNanos) {
        return fromNanos == 0 || toNanos == 0 ? 0 : (toNanos - fromNanos) / 1e9;
    }

    @Override
    public void stop() {
        synchronized (this) {
            if (letGo) {
                return;
            }
            giveUp();
        }
        files.fail(CloseReason.SHUTDOWN, "told to stop");
    }

    @Override
    public Optional<Progress> progress() {
        SourceProxy running = proxy;
        return running == null ? Optional.empty() : running.progress();
    }

    @Override
    public void close() {
        destination.close();
    }
}
