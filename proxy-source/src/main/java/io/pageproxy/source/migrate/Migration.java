package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.hook.Hooks;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceServices;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationTimes.Milestone;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.source.migrate.commit.FilesConnection;
import io.pageproxy.source.migrate.commit.ImageSender;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.commit.TunnelDialer;
import io.pageproxy.source.migrate.dump.DumpedImages;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.source.migrate.dump.RuncContainer;
import io.pageproxy.source.migrate.sync.FileSync;
import io.pageproxy.source.migrate.sync.SyncPlan;
import io.pageproxy.source.migrate.sync.SyncServices;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one process tree. It goes through the phases of {@link MigrationPhase} on the thread that
 * calls {@link #run}, which alone decides; other threads only report to it, by futures. Both kinds
 * of migration share this class, and differ by their {@link Transfer}. The file is long because
 * what each phase does, and what a failure in it undoes, must be read together.
 */
public final class Migration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Migration.class);

    private final MigrationContext context;
    private final Transfer transfer;
    private final Dialer dialer;
    private final Duration handshakeTimeout;

    private final Instant started = Instant.now();
    private MigrationPhase phase = MigrationPhase.CONNECTING;
    private Outcome cause; // Why the previous phase has failed; null if it has not.
    private Verdict verdict; // Null until it is known.
    private int fileCount;
    private long fileBytes;

    Migration(
            MigrationContext context, Transfer transfer, Dialer dialer, Duration handshakeTimeout) {
        this.context = context;
        this.transfer = transfer;
        this.dialer = dialer;
        this.handshakeTimeout = handshakeTimeout;
        FirstFailure failure = context.failure();
        Reactions.when(context.files().failed(), failure::report, failure::report);
    }

    /**
     * A migration that brings all memory before the tree runs at the destination.
     *
     * @param tree what the plan is about; closed by the caller, after this
     * @param config the source's; the plan has the dump's command
     * @param services of the process that it runs in
     * @param hooks of the operator
     * @param files that are copied
     * @throws IOException if there is no port for a lazy dump, which may become necessary
     */
    public static Migration push(
            MigrationPlan plan,
            MovedTree tree,
            SourceConfig config,
            SourceServices services,
            Hooks hooks,
            SyncPlan files)
            throws IOException {
        Dialer dialer = dialer(config, services);
        boolean mayTurnLazy = plan.rounds().mayTurnLazy();
        MigrationContext context =
                MigrationContext.of(
                        plan,
                        tree,
                        config,
                        dialer,
                        hooks,
                        fileSync(files, config, services, dialer),
                        false,
                        mayTurnLazy);
        PagePusher pusher = pusher(context, config, services);
        PushTransfer push = new PushTransfer(context, pusher);
        Optional<LazyTransfer> lazy =
                mayTurnLazy
                        ? Optional.of(lazyTransfer(context, config, services))
                        : Optional.empty();
        Transfer transfer =
                plan.rounds().most() == 0
                        ? push
                        : new RoundsTransfer(
                                context, config.session(), pusher, Optional.of(push), lazy);
        return new Migration(context, transfer, dialer, config.timeouts().handshake());
    }

    /**
     * A migration whose tree runs at the destination before its memory is there, or at least what
     * it has written since the last round of pre-dumps.
     *
     * @param tree what the plan is about; closed by the caller, after this
     * @param config the source's; the plan has the dump's command
     * @param services of the process that it runs in
     * @param hooks of the operator
     * @param files that are copied
     * @throws IOException if there is no port for the dump
     */
    public static Migration lazy(
            MigrationPlan plan,
            MovedTree tree,
            SourceConfig config,
            SourceServices services,
            Hooks hooks,
            SyncPlan files)
            throws IOException {
        Dialer dialer = dialer(config, services);
        boolean rounds = plan.rounds().most() > 0;
        MigrationContext context =
                MigrationContext.of(
                        plan,
                        tree,
                        config,
                        dialer,
                        hooks,
                        fileSync(files, config, services, dialer),
                        !rounds,
                        rounds);
        LazyTransfer lazy = lazyTransfer(context, config, services);
        Transfer transfer =
                rounds
                        ? new RoundsTransfer(
                                context,
                                config.session(),
                                pusher(context, config, services),
                                Optional.empty(),
                                Optional.of(lazy))
                        : lazy;
        return new Migration(context, transfer, dialer, config.timeouts().handshake());
    }

    private static PagePusher pusher(
            MigrationContext context, SourceConfig config, SourceServices services) {
        return new ProxyPagePusher(
                config,
                services.startingBy(context.tree().launcher()),
                () -> context.times().mark(Milestone.DUMP_STARTED));
    }

    private static LazyTransfer lazyTransfer(
            MigrationContext context, SourceConfig config, SourceServices services)
            throws IOException {
        int port = LazyPagesSession.freePort();
        return new LazyTransfer(
                context,
                new LazyPagesSession(config, services, port),
                context.tree().lazyDump(port));
    }

    private static FileSync fileSync(
            SyncPlan files, SourceConfig config, SourceServices services, Dialer dialer) {
        return new FileSync(
                files,
                new SyncServices(
                        dialer,
                        services.launcher(),
                        config.timeouts().handshake(),
                        config.timeouts().peer()));
    }

    private static Dialer dialer(SourceConfig config, SourceServices services) {
        return new TunnelDialer(config, services.tls(), services.runtime().fileLoop());
    }

    /**
     * Runs the migration; blocks until it is over, successful or not.
     *
     * @throws IOException if this host lacks something that it needs; nothing has been frozen then
     */
    public MigrationReport run() throws IOException, InterruptedException {
        LOG.info(
                "migration={} of {} begins",
                context.files().migration().orElse("-"),
                context.plan().subject());
        transfer.open();
        while (phase != MigrationPhase.OVER) {
            LOG.debug("phase {}", phase);
            phase = nextPhase();
        }
        return report();
    }

    /** Does the work of the phase and returns the next phase. */
    private MigrationPhase nextPhase() throws InterruptedException {
        try {
            doPhase();
            return phase.afterSuccess(transfer.isLazy());
        } catch (MigrationFailedException e) {
            onFailure(e.outcome());
            return phase.afterFailure();
        } catch (IOException e) {
            onFailure(Outcome.failed(Side.SOURCE, CloseReason.LOCAL_FAILURE, FailureText.of(e)));
            return phase.afterFailure();
        } catch (RuntimeException | Error e) {
            onFailure(FirstFailure.outcomeOf(e));
            return afterFault();
        }
    }

    private void onFailure(Outcome why) {
        cause = why;
        context.failure().report(why); // Threads that work for the migration see it there.
    }

    private MigrationPhase afterFault() {
        MigrationPhase next = phase.afterFault();
        if (next == MigrationPhase.OVER) {
            verdict =
                    Verdict.of(
                            Verdict.append(
                                    cause,
                                    "; it is not known whether the tasks run here or at the"
                                            + " destination: check both"),
                            Copy.UNKNOWN);
        }
        return next;
    }

    private void doPhase() throws IOException, InterruptedException {
        switch (phase) {
            case CONNECTING -> connect();
            case DUMPING -> dump();
            case SENDING_FILES -> sendFiles();
            case RESTORING -> awaitRestore();
            case RESUMING -> resume();
            case FETCHING_MEMORY -> transfer.fetchMemory();
            case RECALLING -> transfer.recall(cause);
            case ENDING_TASKS -> transfer.endTasks();
            case COMMITTING -> commit();
            case ROLLING_BACK -> rollBack();
            case OVER -> throw new IllegalStateException("the migration is over");
        }
    }

    private void connect() {
        FilesConnection files = context.files();
        context.failure().check();
        files.open(dialer, handshakeTimeout);
        Attached answer = context.failure().await(files.attached());
        if (context.plan().container().isPresent() && !answer.container()) {
            throw new MigrationFailedException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination ("
                            + answer.agent()
                            + ") is too old to take containers of runc: upgrade it first");
        }
        if (context.plan().connections().isPresent()
                && context.plan().restore()
                && !answer.connections()) {
            throw new MigrationFailedException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination does not restore TCP connections: start it with"
                            + " --tcp-established (of this version or later), or migrate without"
                            + " that option");
        }
        if (files.mayTurnLazy() && !answer.turnsLazy()) {
            throw new MigrationFailedException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination ("
                            + answer.agent()
                            + ") is too old to go on lazily after rounds: upgrade it first, or"
                            + " leave out --lazy or the rounds");
        }
        if (context.synced().any() && !answer.files()) {
            throw new MigrationFailedException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination ("
                            + answer.agent()
                            + ") takes no files of this migration: start it with --sync-root (of"
                            + " this version or later), or migrate without --sync");
        }
        context.hooks().run(HookPhase.BEFORE_FREEZE);
        context.synced().copyFirst(answer.token(), context.plan().rounds().budget().isPresent());
    }

    private void dump() throws IOException, InterruptedException {
        transfer.dump(0);
        if (context.synced().any()) {
            context.synced().copyLast();
            context.times().mark(Milestone.SYNCED);
        }
        context.hooks().run(HookPhase.FROZEN);
    }

    private void resume() throws IOException, InterruptedException {
        transfer.resume();
        context.hooks().resumed();
    }

    private void commit() throws InterruptedException {
        verdict = transfer.commit();
        context.plan().container().ifPresent(RuncContainer::forget);
        if (verdict.copy() == Copy.DESTINATION && !transfer.isLazy()) {
            context.hooks().resumed();
            context.tree().unlockConnections(); // An address is no longer here, if a hook moves it.
        }
    }

    private void sendFiles() throws IOException {
        try {
            DumpedImages images = transfer.images();
            fileCount = images.count();
            LOG.info(
                    "2/{} files: {}{} images",
                    steps(),
                    fileCount,
                    transfer.isLazy() ? "" : " other");
            fileBytes = awaitSent(images);
        } catch (IOException e) {
            throw new MigrationFailedException(
                    CloseReason.LOCAL_FAILURE, "an image cannot be read: " + FailureText.of(e));
        }
    }

    /** Sends on a separate thread, since a failure elsewhere must not wait for a slow link. */
    private long awaitSent(DumpedImages images) throws IOException {
        ImageSender sender = new ImageSender(context.files());
        CompletableFuture<Long> sent = BackgroundTask.start("files", () -> sender.send(images));
        try {
            return context.failure().await(sent);
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException unreadable) {
                throw unreadable;
            }
            throw e;
        }
    }

    private void awaitRestore() throws IOException {
        LOG.info(
                "3/{} {}",
                steps(),
                context.plan().restore()
                        ? "restore: held at the destination"
                        : "no restore: the images are made durable");
        context.failure().await(context.files().staged());
        context.times().mark(Milestone.RESTORED);
        context.hooks().run(HookPhase.BEFORE_RESUME);
        transfer.onRestored();
        context.failure().check(); // The last check: after it the tasks here are given up.
    }

    private int steps() {
        return transfer.isLazy() ? 5 : 4;
    }

    /** Whatever else fails, the tasks are released. */
    private void rollBack() throws InterruptedException {
        Outcome why = cause;
        context.synced().close();
        try {
            transfer.fail(cause);
            if (!context.files().mayHaveCommitted()) {
                context.files().fail(cause.reason(), cause.message());
            }
        } finally {
            why = transfer.releaseTasks(cause);
        }
        verdict =
                context.tree().lives()
                        ? Verdict.of(Verdict.append(why, "; the tasks run on here"), Copy.SOURCE)
                        : Verdict.of(
                                Verdict.append(
                                        why, "; the tasks are gone here, ended by something else"),
                                Copy.UNKNOWN);
        context.hooks().rolledBack(verdict.outcome().message());
    }

    private MigrationReport report() {
        CompletableFuture<Staged> staged = context.files().staged();
        double restoreSeconds =
                staged.isDone() && !staged.isCompletedExceptionally()
                        ? staged.join().restoreSeconds()
                        : 0;
        return new MigrationReport(
                verdict.outcome(),
                transfer.isLazy(),
                verdict.copy(),
                transfer.rounds(),
                transfer.pages(),
                verdict.pid(),
                fileCount,
                fileBytes,
                context.files().wireBytes() + context.synced().wireBytes(),
                context.times().until(System.nanoTime(), restoreSeconds),
                context.files().migration(),
                started,
                Instant.now(),
                transfer.budget(),
                context.synced().reports());
    }

    /**
     * Stops the migration; any thread. The tasks keep running here unless they have already been
     * given up.
     */
    public void stop() {
        context.failure().report(CloseReason.SHUTDOWN, "told to stop");
    }

    /** Statistics of the sessions that send pages; empty if there are none. Any thread. */
    public List<SessionFigures> progress() {
        return transfer.progress();
    }

    /** Ends its threads, after {@link #run}. */
    @Override
    public void close() {
        context.synced().close();
        transfer.close();
        dialer.close();
    }
}
