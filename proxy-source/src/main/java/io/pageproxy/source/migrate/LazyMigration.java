package io.pageproxy.source.migrate;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Reactions;
import io.pageproxy.process.ActionGate;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.TreeGuard;
import io.pageproxy.process.TreeGuard.Action;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationReport.Times;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one tree that runs at the destination before its memory has come. The tasks here stay
 * frozen, and stopped besides, so that not even the death of their dump lets them run, until the
 * destination has said that its copy has all pages: then they end. Where anything fails before,
 * they run on here, but not before the destination's copy is gone: it says so, or it cannot be
 * reached for as long as it takes to notice that and to end its copy by itself.
 */
public final class LazyMigration implements Migrating {
    private static final Logger LOG = LoggerFactory.getLogger(LazyMigration.class);

    /** So long killed tasks may take to give back their memory. */
    private static final Duration DEATH_PATIENCE = Duration.ofMinutes(1);

    private final MigrationPlan plan;
    private final SourceConfig config;
    private final ChildLauncher launcher;
    private final Destination destination;
    private final LazyPages pages;
    private final CompletableFuture<Outcome> broken = new CompletableFuture<>();
    private final long startNanos = System.nanoTime();

    private final FilesSession files;
    private LazyDump dump;
    private TaskTree tasks;
    private TreeGuard guard;
    private int fileCount;
    private long fileBytes;
    private boolean runsThere;
    private long dumpNanos;
    private long dumpedNanos;
    private long stagedNanos;
    private long runningNanos;
    private long lastPageNanos;

    /**
     * A migration that has not begun.
     *
     * @param config the source's; the dumper's words are the plan's
     * @param tls makes the TLS handler of one connection
     * @param launcher starts the dumper
     * @throws IOException where there is no port for the dump
     */
    public LazyMigration(
            MigrationPlan plan,
            SourceConfig config,
            Function<Channel, SslHandler> tls,
            ChildLauncher launcher)
            throws IOException {
        this.plan = plan;
        this.config = config;
        this.launcher = launcher;
        this.destination = new Destination(config, tls);
        this.files = destination.files(true, true);
        this.pages = new LazyPages(config, tls);
    }

    @Override
    public MigrationReport run() throws IOException, InterruptedException {
        try (ActionGate gate = ActionGate.ofLazyDump()) {
            Reactions.when(files.failed(), broken::complete, this::onFault);
            Reactions.when(pages.broken(), broken::complete, this::onFault);
            destination.attach(files);
            dump = new LazyDump(plan, gate, pages.port());
            Reactions.when(dump.ended(), this::onDumpEnded, this::onFault);
            try {
                begin();
                letRunThere();
            } catch (SessionException e) {
                breakOff(e.reason(), e.getMessage());
            } catch (IOException e) {
                breakOff(CloseReason.LOCAL_FAILURE, FailureText.of(e));
            } catch (RuntimeException | Error e) {
                onFault(e);
            }
            return pages.allThere().isDone() ? end() : goBack();
        }
    }

    /** The session of the pages hears of it too, and knows whether it was the cause or the end. */
    private void onDumpEnded(int exitCode) {
        if (!pages.serving().isDone()) {
            breakOff(CloseReason.DUMPER_LOST, "criu dump ended with " + exitCode);
        }
    }

    private void onFault(Throwable fault) {
        LOG.error("a fault of pageproxy's own, please report it", fault);
        breakOff(CloseReason.LOCAL_FAILURE, "a fault of pageproxy's own: " + fault);
    }

    private void breakOff(CloseReason reason, String message) {
        broken.complete(Outcome.failed(Side.SOURCE, reason, message));
    }

    /**
     * Waits for one thing.
     *
     * @throws SessionException where something has failed instead
     */
    private void await(CompletableFuture<?> wanted) {
        CompletableFuture.anyOf(wanted.handle((good, failure) -> good), broken).join();
        if (broken.isDone()) {
            throw new SessionException(broken.join().reason(), broken.join().message());
        }
    }

    // ---- until the destination has all of the tree

    private void begin() throws IOException {
        await(files.attached());
        pages.begin();
        await(pages.accepted());
        LOG.info("1/5 dump: criu dump of {} begins, its pages stay here", plan.pid());
        dumpNanos = System.nanoTime();
        dump.begin(launcher);
        await(dump.done());
        tasks = TaskTree.of(plan.pid());
        guard = TreeGuard.start(launcher, plan.pid(), OptionalInt.empty());
        guard.onOwnerExit(Action.CONT, Duration.ZERO);
        guard.killOnOwnerExit(dump.pid());
        guard.apply(Action.STOP);
        dump.serve(); // The restore itself needs pages.
        await(pages.serving());
        dumpedNanos = System.nanoTime();
    }

    private void letRunThere() throws IOException {
        List<Path> images = OtherImages.all(plan.dumpFolder());
        fileCount = images.size();
        LOG.info("2/5 files: {} images", fileCount);
        fileBytes = files.send(images);
        LOG.info("3/5 restore: held at the destination");
        await(files.staged());
        stagedNanos = System.nanoTime();
        guard.onOwnerExit(Action.CONT, patience());
        LOG.info(
                "4/5 commit: the tree runs at the destination, the {} tasks here stand",
                tasks.size());
        runsThere = true;
        files.commit();
        await(files.committed());
        runningNanos = System.nanoTime();
        LOG.info("5/5 memory: what the tree touches, and then the rest");
        await(pages.allThere());
    }

    /** In that time a destination that hears nothing of us has ended its copy. */
    private Duration patience() {
        long silenceMillis = files.attached().join().peerTimeoutMillis();
        return CommitTimeouts.lazyResume(Duration.ofMillis(silenceMillis));
    }

    // ---- the tasks end here

    /** From here on no task may run here again. */
    private MigrationReport end() throws InterruptedException {
        lastPageNanos = System.nanoTime();
        Outcome over = pages.outcome();
        endTasks();
        if (over.good()) {
            return moved();
        }
        Commitment.Answer answer = recall();
        if (answer.committed() != null) {
            answer.on().deliver();
            return moved();
        }
        return report(
                more(
                        over,
                        "; the tree has all of its memory at the destination and the tasks are gone"
                                + " here, but the destination could not be told, and may have"
                                + " stopped its tree: look there, and let it run with kill -CONT"),
                Copy.UNKNOWN,
                OptionalLong.empty());
    }

    private void endTasks() throws InterruptedException {
        dump.awaitEnd(DEATH_PATIENCE);
        try {
            if (!tasks.awaitGone(Duration.ZERO)) {
                guard.apply(Action.KILL);
            }
            guard.leave();
        } catch (IOException e) {
            LOG.warn("the tasks of {}: {}", plan.pid(), e.getMessage());
        }
        if (!tasks.awaitGone(DEATH_PATIENCE)) {
            LOG.warn("tasks of {} are left, stopped: kill them", plan.pid());
        }
    }

    private MigrationReport moved() {
        return report(
                Outcome.completed(
                        Side.DESTINATION, "the tree runs at the destination, with all its memory"),
                Copy.DESTINATION,
                files.committed().isDone() && !files.committed().isCompletedExceptionally()
                        ? files.committed().join().pid()
                        : OptionalLong.empty());
    }

    // ---- the tasks run on here

    private MigrationReport goBack() throws InterruptedException {
        Outcome why = broken.join();
        pages.fail(why.reason(), why.message());
        if (!runsThere) {
            files.fail(why.reason(), why.message());
            return stayed(why, "");
        }
        LOG.warn(
                "{}; the tasks here stand until the destination has ended its copy, for up to {} s",
                why.message(),
                patience().toSeconds());
        Commitment.Answer answer = recall();
        if (answer.committed() != null) {
            endTasks();
            answer.on().deliver();
            return moved();
        }
        return answer.isOfTheCopy()
                ? stayed(ofBoth(why, answer.failure()), "; the destination's copy is ended")
                : stayed(
                        why,
                        "; the destination could not be reached for so long that it must have ended"
                                + " its copy by itself (look there whether it has)");
    }

    /** What the destination saw is nearer to the cause than that we lost it. */
    private static Outcome ofBoth(Outcome ours, Outcome theirs) {
        boolean lost = theirs.reason().exitCode() == CloseReason.PEER_LOST.exitCode();
        boolean known = theirs.reason() != CloseReason.SESSION_INVALID;
        return ours.side() == Side.SOURCE && !lost && known ? theirs : ours;
    }

    private Commitment.Answer recall() throws InterruptedException {
        return new Commitment(files, destination::dial, config.timeouts().peer())
                .recall(patience());
    }

    private MigrationReport stayed(Outcome why, String words) throws InterruptedException {
        dump.giveUp();
        goOnHere();
        boolean gone = TaskTree.of(plan.pid()).awaitGone(Duration.ZERO);
        return report(
                more(
                        why,
                        words
                                + (gone
                                        ? "; and the tasks are gone here, which was not our doing"
                                        : "; the tasks run on here")),
                gone ? Copy.UNKNOWN : Copy.SOURCE,
                OptionalLong.empty());
    }

    private void goOnHere() {
        if (guard == null) {
            return;
        }
        try {
            guard.apply(Action.CONT);
            guard.leave();
        } catch (IOException e) {
            LOG.warn("the tasks of {} may be stopped: kill -CONT them: {}", plan.pid(), e);
        }
    }

    // ---- the report

    private static Outcome more(Outcome outcome, String words) {
        return new Outcome(
                outcome.reason(), outcome.side(), outcome.message() + words, outcome.detail());
    }

    private MigrationReport report(Outcome outcome, Copy copy, OptionalLong pid) {
        double restoreSeconds = stagedNanos == 0 ? 0 : files.staged().join().restoreSeconds();
        return new MigrationReport(
                outcome,
                true,
                copy,
                List.of(),
                pages.over(),
                pid,
                fileCount,
                fileBytes,
                files.wireBytes(),
                new Times(
                        seconds(dumpNanos, dumpedNanos),
                        Math.max(0, seconds(dumpedNanos, stagedNanos) - restoreSeconds),
                        restoreSeconds,
                        seconds(stagedNanos, runningNanos),
                        seconds(runningNanos, lastPageNanos),
                        seconds(startNanos, System.nanoTime())));
    }

    private static double seconds(long fromNanos, long toNanos) {
        return fromNanos == 0 || toNanos == 0 ? 0 : (toNanos - fromNanos) / 1e9;
    }

    /** Until all pages are there the tasks run on here; then it is too late. */
    @Override
    public void stop() {
        breakOff(CloseReason.SHUTDOWN, "told to stop");
        if (!files.attached().isDone()) {
            files.fail(CloseReason.SHUTDOWN, "told to stop"); // Whoever waits for it goes on.
        }
    }

    @Override
    public Optional<Progress> progress() {
        return pages.progress();
    }

    @Override
    public void close() {
        if (guard != null) {
            guard.close();
        }
        pages.close();
        destination.close();
    }
}
