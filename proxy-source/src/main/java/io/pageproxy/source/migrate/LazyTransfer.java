package io.pageproxy.source.migrate;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationTimes.Milestone;
import io.pageproxy.source.migrate.commit.CommitAnswer;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.DumpedImages;
import io.pageproxy.source.migrate.dump.LazyDump;
import io.pageproxy.source.migrate.dump.StoppedTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the tree run at the destination before its memory has arrived. The tasks here stay frozen
 * and stopped until the destination reports that its copy has all pages; then they end. If anything
 * fails before that, they resume, but only once the destination's copy is gone: either the
 * destination reports that, or it has been unreachable for as long as it needs to notice the loss
 * and to end its copy by itself.
 */
final class LazyTransfer implements Transfer {
    private static final Logger LOG = LoggerFactory.getLogger(LazyTransfer.class);

    /** How long the dump may take to end, and its tasks with it. */
    private static final Duration DUMP_END_TIMEOUT = Duration.ofMinutes(1);

    /** How long a dump that has closed its connection may take to exit. */
    private static final Duration DUMP_EXIT_TIMEOUT = Duration.ofSeconds(2);

    private static final String NOT_TOLD =
            "; the tree has all of its memory at the destination and the tasks are gone here, but"
                    + " the destination could not be told, and may have stopped its tree: check"
                    + " there, and let it run with kill -CONT";

    private final MigrationContext context;
    private final LazyPages pages;
    private final LazyDump dump;
    private StoppedTree tree; // Null before the dump begins.
    private CommitAnswer
            recalled; // Null unless a recall has found that the copy there is complete.

    /**
     * A transfer that has not begun.
     *
     * @param pages serves them to the destination; closed with this
     * @param dump of the tree; closed with this
     */
    LazyTransfer(MigrationContext context, LazyPages pages, LazyDump dump) {
        this.context = context;
        this.pages = pages;
        this.dump = dump;
    }

    @Override
    public boolean isLazy() {
        return true;
    }

    @Override
    public void open() throws IOException {
        dump.open();
        FirstFailure failure = context.failure();
        Reactions.when(pages.failed(), failure::report, failure::report);
        Reactions.when(dump.ended(), this::onDumpEnded, failure::report);
    }

    /** Once the dump serves pages, their session knows whether its end was expected. */
    private void onDumpEnded(Optional<DumperEnd> end) {
        if (pages.serving().isDone()) {
            return;
        }
        end.filter(known -> !known.status().success())
                .ifPresentOrElse(
                        failed -> context.failure().report(failed.failedBeforeSuccess("")),
                        () ->
                                context.failure()
                                        .report(
                                                CloseReason.DUMPER_LOST,
                                                context.plan().dumperName()
                                                        + " ended before it served its pages"));
    }

    // ---- until the destination holds the tree

    @Override
    public void dump(int roundsDone) throws IOException {
        FirstFailure failure = context.failure();
        pages.start();
        failure.await(pages.accepted());
        context.requireSameTree();
        LOG.info(
                "1/5 dump: {} of {} begins, its pages stay here",
                context.plan().dumperName(),
                context.plan().target());
        tree = context.tree().prepareStop();
        context.times().mark(Milestone.DUMP_STARTED);
        dump.start(roundsDone);
        failure.await(dump.held());
        Task process =
                dump.process()
                        .orElseThrow(
                                () -> new IOException(context.plan().dumperName() + " has ended"));
        tree.stop(process);
        dump.serve(); // The restore itself needs pages.
        failure.await(pages.serving());
        context.times().mark(Milestone.DUMPED);
    }

    @Override
    public DumpedImages images() throws IOException {
        return context.tree().images(true);
    }

    @Override
    public void onRestored() throws IOException {
        tree.resumeAfterOurEnd(copyEndTimeout());
    }

    /** The time in which a destination that receives nothing from us ends its copy. */
    private Duration copyEndTimeout() {
        long silenceMillis = context.files().attached().join().peerTimeoutMillis();
        return CommitTimeouts.lazyResume(Duration.ofMillis(silenceMillis));
    }

    // ---- the tree runs there, the tasks stay stopped here

    @Override
    public void resume() {
        LOG.info(
                "4/5 commit: the tree runs at the destination, the tree here stays stopped; tasks={}",
                tree.size());
        context.files().sendCommit();
        context.failure().await(context.files().committed());
        context.times().mark(Milestone.RESUMED);
    }

    @Override
    public void fetchMemory() {
        LOG.info("5/5 memory: what the tree touches, and then the rest");
        context.failure().await(pages.allFetched());
    }

    @Override
    public void recall(Outcome why) throws InterruptedException {
        if (isReached(pages.allFetched())) {
            return;
        }
        fail(why);
        LOG.warn(
                "{}; the tasks here stay stopped until the destination has ended its copy, for up"
                        + " to {} s",
                why.message(),
                copyEndTimeout().toSeconds());
        CommitAnswer answer = context.protocol().recall(copyEndTimeout());
        if (answer.committed().isPresent()) {
            recalled = answer;
            return;
        }
        throw new MigrationFailedException(
                answer.tellsOfCopy()
                        ? Verdict.append(
                                nearestToCause(why, answer.failure().orElseThrow()),
                                "; the destination's copy is ended")
                        : Verdict.append(
                                why,
                                "; the destination could not be reached for so long that it must"
                                        + " have ended its copy by itself (check there whether"
                                        + " it has)"));
    }

    /** A report by the destination is closer to the cause than the loss of the connection here. */
    private static Outcome nearestToCause(Outcome ours, Outcome theirs) {
        boolean lost = theirs.reason().exitCode() == CloseReason.PEER_LOST.exitCode();
        boolean known = theirs.reason() != CloseReason.SESSION_INVALID;
        return ours.side() == Side.SOURCE && !lost && known ? theirs : ours;
    }

    // ---- the tasks end here

    @Override
    public void endTasks() throws InterruptedException {
        if (recalled == null) {
            context.times().mark(Milestone.MEMORY_COMPLETE);
            pages.awaitOutcome();
        }
        dump.awaitEnd(DUMP_END_TIMEOUT);
        tree.end();
    }

    @Override
    public Verdict commit() throws InterruptedException {
        if (recalled != null) {
            return delivered(recalled);
        }
        Outcome ofPages = pages.awaitOutcome();
        if (ofPages.good()) {
            return moved(); // The session of the pages has told the destination already.
        }
        CommitAnswer answer = context.protocol().recall(copyEndTimeout());
        return answer.committed().isPresent()
                ? delivered(answer)
                : Verdict.of(Verdict.append(ofPages, NOT_TOLD), Copy.UNKNOWN);
    }

    private Verdict delivered(CommitAnswer answer) {
        answer.connection().deliver();
        return moved();
    }

    private Verdict moved() {
        return new Verdict(
                Outcome.completed(
                        Side.DESTINATION, "the tree runs at the destination, with all its memory"),
                Copy.DESTINATION,
                isReached(context.files().committed())
                        ? context.files().committed().join().pid()
                        : OptionalLong.empty());
    }

    private static boolean isReached(CompletableFuture<?> future) {
        return future.isDone() && !future.isCompletedExceptionally();
    }

    // ---- the tasks run on here

    @Override
    public void fail(Outcome why) {
        pages.fail(why.reason(), why.message());
    }

    @Override
    public Outcome releaseTasks(Outcome why) throws InterruptedException {
        Optional<DumperEnd> failed = Optional.empty();
        try {
            failed = dumpFailedByItself(why);
            dump.abort();
        } finally {
            if (tree != null) {
                tree.resume();
            }
        }
        return context.thawed(failed.map(end -> end.failedBeforeSuccess("")).orElse(why));
    }

    /**
     * The end of a dump that has failed by itself: it closed its connection first, and everything
     * else failed because of that. Empty if the cause is something else.
     */
    private Optional<DumperEnd> dumpFailedByItself(Outcome why) throws InterruptedException {
        if (context.files().mayHaveCommitted()
                || !(isDumperLost(why) || isDumperLost(pages.failed().getNow(why)))) {
            return Optional.empty();
        }
        if (!dump.ended().isDone()) {
            dump.awaitEnd(DUMP_EXIT_TIMEOUT);
        }
        return dump.ended()
                .getNow(Optional.empty())
                .filter(end -> !end.status().success() && end.status().signal() == 0);
    }

    private static boolean isDumperLost(Outcome outcome) {
        return outcome.side() == Side.SOURCE && outcome.reason() == CloseReason.DUMPER_LOST;
    }

    // ---- the report

    @Override
    public Optional<SessionReport> pages() {
        return pages.report();
    }

    @Override
    public List<SessionFigures> progress() {
        return pages.progress();
    }

    @Override
    public void close() {
        if (tree != null) {
            tree.close();
        }
        dump.close();
        pages.close();
    }
}
