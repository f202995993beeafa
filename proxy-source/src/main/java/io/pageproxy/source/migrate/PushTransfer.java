package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationTimes.Milestone;
import io.pageproxy.source.migrate.commit.CommitAnswer;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.DumpedImages;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.text.ShellWord;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings all memory before the tree runs at the destination. The dump is held at {@code post-dump},
 * its tasks frozen, until the destination has restored the tree and holds it. Then the dump goes on
 * and kills the tasks, and only when they are gone the destination is told. So two copies never
 * run, and a failure before the dump goes on leaves the tasks running here.
 */
final class PushTransfer implements Transfer {
    private static final Logger LOG = LoggerFactory.getLogger(PushTransfer.class);

    /** How long killed tasks may take to give back their memory. */
    private static final Duration TASKS_END_TIMEOUT = Duration.ofMinutes(1);

    /** The same if the dump has failed and has probably not killed them. */
    private static final Duration FAILED_DUMP_TIMEOUT = Duration.ofSeconds(2);

    private static final int EXIT_UNKNOWN = -1;

    private final MigrationContext context;
    private final PagePusher pusher;
    private final MovedTree tree;
    private CompletableFuture<SessionEnd> dump; // Null before dump.
    private int tasks; // 0 before it is dumped.

    /**
     * A transfer that has not begun.
     *
     * @param pusher carries the pages; closed with this
     */
    PushTransfer(MigrationContext context, PagePusher pusher) {
        this.context = context;
        this.tree = context.tree();
        this.pusher = pusher;
    }

    @Override
    public boolean isLazy() {
        return false;
    }

    @Override
    public void open() throws IOException {
        tree.open();
        Reactions.when(pusher.pagesOver(), this::onPagesOver, context.failure()::report);
    }

    private void onPagesOver(SessionReport report) {
        context.times().mark(Milestone.DUMPED);
        if (!report.outcome().good()) {
            context.failure().report(report.outcome());
        }
    }

    // ---- until the dump is held

    @Override
    public void dump(int roundsDone) throws IOException {
        dump = BackgroundTask.start("dump", () -> runDump(roundsDone));
        Reactions.when(dump, this::onDumpEnded, context.failure()::report);
        context.failure().await(tree.held());
        context.failure().await(pusher.pagesOver());
        context.requireSameTree(); // They are frozen, so that this stays true.
        tasks = tree.count();
    }

    private SessionEnd runDump(int roundsDone) throws InterruptedException {
        MigrationPlan plan = context.plan();
        context.requireSameTree();
        LOG.info("1/4 pages: {} of {} begins", plan.dumperName(), plan.target());
        return pusher.dump(tree.dumper(roundsDone));
    }

    /** Reports a failure, which is ignored once the dump was told to go on. */
    private void onDumpEnded(SessionEnd end) {
        Outcome ofPages = end.report().outcome();
        context.failure().report(ofPages.good() ? endOfDump(end) : ofPages);
    }

    private Outcome endOfDump(SessionEnd end) {
        return end.dumper()
                .filter(dumper -> dumper.status().code() != 0)
                .map(dumper -> dumper.failedAfterSuccess(""))
                .orElseGet(
                        () ->
                                Outcome.failed(
                                        Side.SOURCE,
                                        CloseReason.DUMPER_LOST,
                                        context.plan().dumperName()
                                                + " ended with "
                                                + end.exitCode()));
    }

    @Override
    public DumpedImages images() throws IOException {
        return tree.images(false);
    }

    // ---- the tasks end here

    @Override
    public void endTasks() throws InterruptedException {
        LOG.info("4/4 commit: the dump ends, and with it the tree here; tasks={}", tasks);
        try {
            tree.go();
        } catch (IOException e) {
            LOG.warn("the dump may not have been told to go on: {}", e.getMessage());
            tree.release();
        }
        int exitCode = awaitDumpExit();
        tree.awaitHolderGone();
        if (!tree.awaitGone(exitCode == 0 ? TASKS_END_TIMEOUT : FAILED_DUMP_TIMEOUT)) {
            throw new MigrationFailedException(
                    CloseReason.DUMPER_LOST,
                    context.plan().dumperName()
                            + " ended with "
                            + exitCode
                            + " and has left tasks of "
                            + context.plan().pid()
                            + " alive");
        }
    }

    private int awaitDumpExit() {
        try {
            return dump.join().exitCode();
        } catch (CompletionException e) {
            LOG.warn("how the dump ended is not known", e.getCause());
            return EXIT_UNKNOWN;
        }
    }

    @Override
    public Verdict commit() throws InterruptedException {
        CommitAnswer answer = context.protocol().commit();
        context.times()
                .mark(Milestone.RESUMED, answer.committed().map(Committed::ranSeconds).orElse(0.0));
        boolean restore = context.plan().restore();
        if (answer.committed().isPresent()) {
            return new Verdict(
                    Outcome.completed(
                            Side.DESTINATION,
                            restore
                                    ? "the tree runs at the destination"
                                    : "the images are whole at the destination"),
                    restore ? Copy.DESTINATION : Copy.IMAGES,
                    answer.committed().get().pid());
        }
        Outcome failure = answer.failure().orElseThrow();
        return answer.refused()
                ? Verdict.of(Verdict.append(failure, nothingRuns()), Copy.IMAGES)
                : Verdict.of(Verdict.append(failure, noAnswer()), Copy.UNKNOWN);
    }

    private String nothingRuns() {
        return "; the tasks are gone here, but the destination has not been told so and runs none: its"
                + " images are whole, restore them there by hand once it has given up its own copy: "
                + restoreCommand();
    }

    private String noAnswer() {
        return "; the tasks are gone here, and it is not known whether they run at the destination:"
                + " check there. If they do not, its images are whole: "
                + restoreCommand();
    }

    private String restoreCommand() {
        String folder =
                pages().flatMap(SessionReport::imagesFolder)
                        .map(ShellWord::of)
                        .orElse("the session's folder");
        return context.plan()
                .container()
                .map(one -> "runc restore -d -b BUNDLE --image-path " + folder + " " + one.id())
                .orElse("criu restore -D " + folder);
    }

    // ---- the tasks run on here

    @Override
    public void fail(Outcome why) {
        pusher.fail(why.reason(), "the migration has failed: " + why.message());
    }

    /** Makes a held dump fail, so that its tasks run on. */
    @Override
    public Outcome releaseTasks(Outcome why) throws InterruptedException {
        tree.release();
        if (dump != null) {
            awaitDumpEnd();
            tree.awaitHolderGone();
        }
        return context.thawed(why); // A round may have left it paused, too.
    }

    private void awaitDumpEnd() {
        try {
            dump.join();
        } catch (CompletionException e) {
            LOG.debug("the dump has not begun, or how it ended is not known", e.getCause());
        }
    }

    // ---- the report

    @Override
    public Optional<SessionReport> pages() {
        CompletableFuture<SessionReport> over = pusher.pagesOver();
        return over.isCompletedExceptionally()
                ? Optional.empty()
                : Optional.ofNullable(over.getNow(null));
    }

    @Override
    public List<SessionFigures> progress() {
        return pusher.progress();
    }

    @Override
    public void close() {
        tree.release();
        pusher.close();
    }
}
