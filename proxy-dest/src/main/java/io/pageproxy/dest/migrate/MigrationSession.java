package io.pageproxy.dest.migrate;

import io.netty.channel.EventLoop;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.files.IncomingFiles;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.frame.Frame;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State machine of the connection that carries a migration's files and its commit; {@link
 * MigrationState} draws it. The {@link CommitStrategy} knows what a push and a lazy migration do
 * differently.
 *
 * <p>Everything runs on the connection's event loop, except where noted. Blocking work goes to
 * workers. The file is long because it is one machine: what each event does in each state should be
 * visible in one place.
 */
final class MigrationSession
        implements TunnelListener, ServedSession, Migration, CommitStrategy.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationSession.class);

    private final MigrationParts parts;
    private final Tunnel tunnel;
    private final IncomingFiles files;
    private volatile CommitStrategy strategy; // Another one once the source turns lazy.
    private final UndecidedCopy undecided;
    private final MigrationConclusion conclusion;
    private final MigrationId id;

    /** The folder of the pages, until the loop takes it. */
    private final AtomicReference<ImagesFolder> wholePages = new AtomicReference<>();

    private MigrationState state = MigrationState.WAITING;
    private long startNanos;
    private long filesNanos;

    /**
     * A session that has not begun.
     *
     * @param grant what the source may do; given back when the session is over
     */
    MigrationSession(
            MigrationServices services,
            IncomingConnection connection,
            Frame.Attach attach,
            SessionGrant grant,
            CommitStrategy.Factory strategies) {
        this.parts =
                MigrationParts.of(
                        services, connection, attach, grant, this::onFault, this::onWorkFailed);
        this.tunnel = parts.tunnel();
        this.files = parts.files();
        this.strategy = strategies.create(parts, this);
        this.undecided = new UndecidedCopy(parts, this);
        this.conclusion = new MigrationConclusion(parts, this);
        this.id = MigrationId.of(attach.session(), connection.peer());
    }

    /** Takes the connection over; the session is registered. */
    void begin() {
        TunnelHandler.setListener(tunnel, this);
        tunnel.setPeerTimeoutMillis(parts.attach().peerTimeoutMillis());
        if (parts.attach().restore() && parts.attach().container().isPresent()) {
            boolean bundleComes = parts.attach().bundle();
            parts.work()
                    .run(() -> parts.restores().requirePossible(bundleComes), this::beforeFreeze);
        } else {
            beforeFreeze();
        }
    }

    private void beforeFreeze() {
        if (state != MigrationState.WAITING) {
            return;
        }
        if (parts.attach().restore()) {
            parts.hooks().run(HookPhase.BEFORE_FREEZE, OptionalLong::empty, this::prepare);
        } else {
            strategy.prepare();
        }
    }

    private void prepare() {
        if (state == MigrationState.WAITING) {
            strategy.prepare();
        }
    }

    @Override
    public MigrationState state() {
        return state;
    }

    @Override
    public boolean decidesMigration() {
        return true;
    }

    @Override
    public Optional<LazyRestore> lazyRestore() {
        return strategy.lazyRestore();
    }

    @Override
    public MigrationId id() {
        return id;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return conclusion.report();
    }

    @Override
    public EventLoop loop() {
        return parts.loop();
    }

    @Override
    public boolean streaming() {
        return state != MigrationState.OVER;
    }

    @Override
    public String stateName() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public SessionFigures figures() {
        return conclusion.figures();
    }

    // ---- the files

    @Override
    public void attached() {
        DestConfig config = parts.services().config();
        long peerMillis = config.timeouts().peer().toMillis();
        boolean container = parts.attach().container().isPresent();
        boolean connections = parts.restores().withConnections();
        tunnel.send(
                new Frame.Attached(
                        config.agent(),
                        peerMillis,
                        id.token(),
                        container,
                        connections,
                        true,
                        parts.syncPermit().any()));
    }

    @Override
    public SyncedFolders syncedFolders() {
        return parts.synced();
    }

    @Override
    public void onFolderClaimed(Path folder) {
        if (state == MigrationState.WAITING) {
            strategy.prepareRestore(folder);
        }
    }

    @Override
    public void onPagesWhole(ImagesFolder whole) {
        wholePages.set(whole);
        loop().execute(this::takePages);
    }

    private void takePages() {
        ImagesFolder whole = wholePages.getAndSet(null);
        if (whole == null) {
            return;
        }
        if (state == MigrationState.OVER) {
            parts.work().runAlways(() -> whole.abandon("the migration of these pages has failed"));
            return;
        }
        files.addTo(whole);
        parts.facts().prepared(whole.path());
        LOG.info(
                "migration={} session={} its pages are whole",
                parts.attach().migration().orElse("-"),
                id.session().orElse("-"));
    }

    @Override
    public void onFrame(Frame frame) {
        boolean receiving = state == MigrationState.RECEIVING;
        if (frame instanceof Frame.Abort abort) {
            fail(abort.outcome(Side.SOURCE, false));
        } else if (state == MigrationState.OVER) {
            frame.release(); // The source does not know yet.
        } else if (frame instanceof Frame.File file
                && (receiving || state == MigrationState.WAITING)) {
            onFile(file);
        } else if (frame instanceof Frame.Block block && receiving) {
            files.take(block);
        } else if (frame instanceof Frame.FileEnd end && receiving) {
            files.end(end);
        } else if (frame instanceof Frame.FilesEnd end && receiving) {
            parts.synced().requireComplete();
            state = state.to(MigrationState.STAGING);
            files.finish(end, strategy.filesSync(), this::onFilesWhole);
        } else if (frame instanceof Frame.Commit && state == MigrationState.STAGED) {
            commit();
        } else if (frame instanceof Frame.TurnLazy turn && mayTurnLazy()) {
            turnLazy(turn);
        } else {
            throw frame.unexpectedFrom(Side.SOURCE, "while " + state);
        }
    }

    private boolean mayTurnLazy() {
        return state == MigrationState.WAITING
                && parts.attach().mayTurnLazy()
                && lazyRestore().isEmpty()
                && files.folder().isEmpty();
    }

    /** Its rounds are over; nothing of its own images has come. */
    private void turnLazy(Frame.TurnLazy turn) {
        LOG.info(
                "migration={} session={} continues lazily after its rounds",
                parts.attach().migration().orElse("-"),
                id.session().orElse("-"));
        strategy = new LazyCommit(parts, this, Optional.of(new SessionName(turn.parent())));
        strategy.prepare();
    }

    private void onFile(Frame.File file) {
        if (state == MigrationState.WAITING) {
            requireFilesAllowed();
            parts.facts().streamBegins();
            startNanos = System.nanoTime();
            conclusion.filesBegin();
            state = state.to(MigrationState.RECEIVING);
            tunnel.expectBlocks();
        }
        files.begin(file);
    }

    private void requireFilesAllowed() {
        takePages(); // The loop may read the first file before it runs what was handed to it.
        if (files.folder().isEmpty()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a file came before this source's pages of the session were whole");
        }
        Optional<SessionName> session = id.session().map(SessionName::new);
        parts.services().policy().requireStillAllowed(id.peer(), session);
    }

    private void onFilesWhole() {
        filesNanos = System.nanoTime();
        if (!parts.attach().restore()) {
            restore();
        } else if (state == MigrationState.STAGING) {
            parts.hooks().run(HookPhase.FROZEN, OptionalLong::empty, this::restore);
        }
    }

    private void restore() {
        if (state == MigrationState.STAGING) {
            strategy.restore();
        }
    }

    @Override
    public void staged() {
        if (!parts.restore().started()) {
            tellStaged();
        } else if (state == MigrationState.STAGING) {
            parts.hooks().run(HookPhase.BEFORE_RESUME, this::pidOfPaused, this::tellStaged);
        }
    }

    private OptionalLong pidOfPaused() {
        return parts.restore().root().stream().mapToLong(Task::pid).findFirst();
    }

    private void tellStaged() {
        if (state == MigrationState.STAGING) {
            state = state.to(MigrationState.STAGED);
            boolean restored = parts.restore().started();
            double restoreSeconds = restored ? (System.nanoTime() - filesNanos) / 1e9 : 0;
            conclusion.staged(restoreSeconds);
            tunnel.send(new Frame.Staged((filesNanos - startNanos) / 1e9, restoreSeconds));
        }
    }

    // ---- the commit

    @Override
    public void commit() {
        state = state.to(MigrationState.COMMITTING);
        strategy.commit();
    }

    @Override
    public void running() {
        conclusion.running();
        parts.hooks().resumed(parts.restore()::pid);
    }

    @Override
    public CompletableFuture<Frame.Committed> onRecommit() {
        if (!conclusion.mayBeAsked()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL, "the source sent Recommit while " + state);
        }
        strategy.onRecommit();
        return conclusion.committed();
    }

    @Override
    public void answerRecommit(Frame.Committed answer) {
        conclusion.committed().complete(answer);
    }

    @Override
    public void outcomeHeard() {
        parts.services().registry().ended(this);
    }

    // ---- the end

    private void onFault(Throwable fault) {
        LOG.error("internal error, please report it", fault);
        onWorkFailed(fault);
    }

    private void onWorkFailed(Throwable cause) {
        Outcome failure = MigrationFailures.of(cause);
        if (strategy.isOnlyCopy()) {
            strategy.onFailureOfOnlyCopy(failure.reason(), failure.message());
        } else {
            fail(failure.reason(), failure.message());
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        boolean lost = reason == CloseReason.PEER_LOST || reason == CloseReason.PEER_SILENT;
        if (strategy.isOnlyCopy()
                || state == MigrationState.DISCONNECTED
                || state == MigrationState.OVER) {
            tunnel.close(); // Not needed any more.
        } else if (lost && strategy.isUndecided()) {
            state = state.to(MigrationState.DISCONNECTED);
            tunnel.close(); // Without Abort: the source would believe that nothing runs here.
            undecided.waitForSource(reason, message, "");
        } else {
            fail(reason, message);
        }
    }

    /**
     * An undecided copy is kept as if the connection were lost: the source may have given up its
     * tasks already, and may say so at any moment.
     */
    @Override
    public void stop(String message) {
        if (!strategy.isUndecided()) {
            fail(CloseReason.SHUTDOWN, message);
        } else if (state == MigrationState.STAGED) {
            undecided.waitForSource(CloseReason.SHUTDOWN, message, "up to ");
        } // Else the timeout is running.
    }

    @Override
    public void fail(CloseReason reason, String message) {
        String full = strategy.isUndecided() ? parts.failures().undecided(message) : message;
        fail(Outcome.failed(Side.DESTINATION, reason, full));
    }

    @Override
    public void fail(Outcome outcome) {
        if (state == MigrationState.OVER || strategy.isOnlyCopy()) {
            return;
        }
        boolean ours = outcome.side() == Side.DESTINATION;
        // The images may be all that is left if the source has given its tasks up.
        boolean keepFiles = ours && strategy.isUndecided();
        boolean abortNow = ours && parts.restore().folder().isEmpty();
        state = state.to(MigrationState.OVER);
        if (abortNow) {
            tunnel.abort(outcome);
        }
        parts.hooks().stop();
        parts.synced().close();
        strategy.kill(
                outcome,
                () -> {
                    conclusion.abandon(outcome, keepFiles, ours && !abortNow);
                    parts.hooks().rolledBack(outcome.message());
                });
    }

    @Override
    public void end(Outcome outcome, boolean unheard) {
        state = state.to(MigrationState.OVER);
        conclusion.conclude(outcome, unheard);
    }
}
