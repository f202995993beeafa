package io.pageproxy.dest;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.restore.TakenPids;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.dest.session.Tokens;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.tls.PeerIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one who decides on a connection that brings a session's other images, and whether the tree
 * that is restored from them runs.
 *
 * <pre>
 *   WAITING --File, pages whole--> RECEIVING --FilesEnd--> STAGING --restored, held--> STAGED
 *                                                                      connection lost |  | Commit
 *   OVER <--the tree runs-- COMMITTING <--Recommit, on another connection-- ALONE <----+  |
 *     ^                         ^                                             |           |
 *     +-------------------------|-------------too much time has passed--------+           |
 *                               +---------------------------------------------------------+
 * </pre>
 *
 * Any other failure before Commit leads to OVER, the tree is killed without having run, and the
 * folder keeps its mark, which says why. After Commit this is the only copy: nothing but its own
 * end stops it.
 *
 * <p>In a lazy migration Commit comes while the source's tasks still stand, so there is no ALONE:
 * whatever fails before the tree has all its memory ends it; {@link LazyTree} decides from there.
 *
 * <p>Everything runs on the connection's event loop, but for what says otherwise; what blocks goes
 * to workers. The file is long because it is one machine: what may happen in which state is to be
 * seen in one place. What has no say in that is elsewhere: the tree ({@link HeldTree}, {@link
 * LazyTree}), its files ({@link IncomingFiles}), the order of work ({@link SerialWork}).
 */
final class Attachment implements TunnelListener, ServedSession, LazyTree.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Attachment.class);
    private static final int LOG_LINES = 12;
    private static final int LOG_BYTES = 4 << 10;

    private enum State {
        WAITING,
        RECEIVING,
        STAGING,
        STAGED,
        ALONE,
        COMMITTING,
        OVER
    }

    private final DestServices services;
    private final EventLoop loop;

    /** The loop, for what nobody else would hear the failure of. */
    private final Executor owned;

    private final Tunnel tunnel;
    private final SessionFacts facts;
    private final Attach attach;
    private final Duration hold;
    private final SerialWork work;
    private final HeldTree tree;
    private final String token = Tokens.fresh();
    private final CompletableFuture<Committed> committed = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private State state = State.WAITING;
    private LazyTree lazy; // Null where the pages come first.
    private Path folderPath;
    private SessionGrant grant;
    private IncomingFiles files;
    private boolean wasStaged;
    private long startNanos;
    private long filesNanos;

    Attachment(
            DestServices services,
            EventLoop loop,
            Tunnel tunnel,
            SessionFacts facts,
            Attach attach) {
        this.services = services;
        this.loop = loop;
        this.tunnel = tunnel;
        this.facts = facts;
        this.attach = attach;
        this.hold = CommitTimeouts.undecidedCopy(Duration.ofMillis(attach.peerTimeoutMillis()));
        this.owned = Reactions.owned(loop, this::onFault);
        this.work = new SerialWork(services.workers(), owned, this::onWorkFailed);
        this.tree = new HeldTree(services.restores(), owned, work, this::onFault);
    }

    /**
     * Takes the connection over.
     *
     * @throws SessionException where it may not; the connection is not its own then
     */
    void begin() {
        grant = services.policy().attach(peer(), session().map(SessionName::new));
        try {
            requireRestoreAllowed();
            requireLazyAllowed();
            if (attach.lazy()) {
                lazy = new LazyTree(services.restores(), loop, work, hold, this);
            }
            services.attachments().add(this);
        } catch (SessionException e) {
            grant.giveBack();
            throw e;
        }
        tunnel.setListener(this);
        tunnel.setPeerTimeoutMillis(attach.peerTimeoutMillis());
        if (attach.lazy()) {
            claimFolder();
        } else {
            attached();
        }
    }

    /** No session of pages claims it. */
    private void claimFolder() {
        Path imagesDir = services.config().imagesDir();
        Optional<SessionName> name = session().map(SessionName::new);
        files =
                incomingFiles(
                        () -> ImagesFolder.claim(imagesDir, name, Optional.empty()),
                        claimed -> {
                            prepared(claimed);
                            if (state == State.WAITING) {
                                attached();
                            }
                        });
    }

    private void attached() {
        long peerTimeoutMillis = services.config().timeouts().peer().toMillis();
        tunnel.send(new Attached(services.config().agent(), peerTimeoutMillis, token));
    }

    private void requireRestoreAllowed() {
        if (attach.restore() && !services.restores().allowed()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination restores nothing: start it with --allow-restore, or say"
                            + " --no-restore to bring the images only");
        }
        if (attach.restore() && !grant.restore()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination's --policy lets this peer have nothing restored (restore: true"
                            + " allows it); say --no-restore to bring the images only");
        }
    }

    private void requireLazyAllowed() {
        if (attach.lazy() && !attach.restore()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a lazy migration without a restore was asked for");
        }
        if (attach.lazy() && !grant.lazy()) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the destination's --policy lets this peer have no lazy session (lazy: true"
                            + " allows them); migrate without --lazy");
        }
    }

    /** The tree that its session of pages feeds; empty where its pages come first. Any thread. */
    Optional<LazyTree> lazyTree() {
        return Optional.ofNullable(lazy);
    }

    /** The session's name; any thread. */
    Optional<String> session() {
        return attach.session();
    }

    /** Whose it is; any thread. */
    PeerIdentity peer() {
        return tunnel.security().peer();
    }

    /** What its source proves itself by on another connection; any thread. */
    String token() {
        return token;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public boolean streaming() {
        return state != State.OVER;
    }

    /**
     * The session's pages are whole. Their folder keeps its mark, and is this migration's from now
     * on: whatever ends it before the tree runs leaves the mark there.
     */
    void onPagesWhole(ImagesFolder whole) {
        if (state == State.OVER) {
            work.runAlways(() -> whole.abandon("the migration of these pages has failed"));
            return;
        }
        prepared(whole.path());
        files = incomingFiles(() -> whole, claimed -> {});
    }

    private void prepared(Path folder) {
        folderPath = folder;
        facts.prepared(folder);
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        // It was up before it was ours.
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Little goes that way.
    }

    @Override
    public void onFrame(Frame frame) {
        boolean receiving = state == State.RECEIVING;
        if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, false));
        } else if (frame instanceof File file && (receiving || state == State.WAITING)) {
            onFile(file);
        } else if (frame instanceof Block block && receiving) {
            files.take(block);
        } else if (frame instanceof FileEnd end && receiving) {
            files.end(end);
        } else if (frame instanceof FilesEnd end && receiving) {
            state = State.STAGING;
            // Images of a lazy migration are of no use once it is over.
            ImagesSync sync = attach.lazy() ? ImagesSync.NONE : services.config().sync();
            files.finish(end, sync, this::onFilesWhole);
        } else if (frame instanceof Commit && state == State.STAGED) {
            onCommit();
        } else {
            refuse(frame);
        }
    }

    private void refuse(Frame frame) {
        if (frame instanceof Block block) {
            block.content().release();
        }
        if (state == State.OVER) {
            return; // It has not heard so yet.
        }
        throw new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "the source sent " + frame.getClass().getSimpleName() + " while " + state);
    }

    private void onFile(File file) {
        if (state == State.WAITING) {
            beginToReceive();
        }
        files.begin(file);
    }

    private void beginToReceive() {
        if (folderPath == null) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a file came before this source's pages of the session were whole");
        }
        services.policy().requireStillAllowed(peer(), session().map(SessionName::new));
        facts.streamBegins();
        startNanos = System.nanoTime();
        state = State.RECEIVING;
        tunnel.expectBlocks();
    }

    private IncomingFiles incomingFiles(Supplier<ImagesFolder> claim, Consumer<Path> next) {
        SessionQuota quota = new SessionQuota(services.config().limits(), grant);
        return new IncomingFiles(claim, attach.lazy(), tunnel, work, quota, next);
    }

    private void onFilesWhole() {
        filesNanos = System.nanoTime();
        if (state != State.STAGING) {
            return;
        }
        if (lazy != null) {
            lazy.startDaemon(folderPath, this::restore);
        } else if (attach.restore()) {
            restore();
        } else {
            staged();
        }
    }

    private void restore() {
        if (state == State.STAGING) {
            tree.start(folderPath, lazy != null, this::onRestoreReady, this::onRestoreEnd);
        }
    }

    private void onRestoreReady() {
        if (state == State.STAGING && lazy != null) {
            lazy.guard(tree.root(), this::staged);
        } else if (state == State.STAGING) {
            staged();
        }
    }

    private void staged() {
        if (state != State.STAGING) {
            return;
        }
        state = State.STAGED;
        wasStaged = true;
        double restoreSeconds = tree.begun() ? (System.nanoTime() - filesNanos) / 1e9 : 0;
        tunnel.send(new Staged((filesNanos - startNanos) / 1e9, restoreSeconds));
    }

    private void onRestoreEnd(ExitStatus exit) {
        if (state == State.COMMITTING && lazy == null) {
            finish(exit);
        } else if (state == State.COMMITTING && exit.success()) {
            lazy.running();
            tunnel.send(new Committed(lazy.root()));
        } else {
            fail(
                    CloseReason.RESTORE_FAILED,
                    "criu restore ended before its tree could run: " + exit.describe());
        }
    }

    // ---- the commit

    /**
     * The source has said on another connection that its tasks are gone; any thread.
     *
     * @return what becomes of it, the same however often it is asked; fails with a {@link
     *     SessionException} where the tree does not run
     */
    CompletableFuture<Committed> commit() {
        CompletableFuture<Committed> answer = new CompletableFuture<>();
        Reactions.owned(loop, answer::completeExceptionally).execute(() -> commit(answer));
        return answer;
    }

    private void commit(CompletableFuture<Committed> answer) {
        if (!wasStaged) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL, "the source sent Recommit while " + state);
        }
        if (lazy != null) {
            onRecall();
        } else if (state == State.STAGED || state == State.ALONE) {
            onCommit();
        }
        Reactions.when(committed, answer::complete, answer::completeExceptionally);
    }

    /** The source of a lazy migration has said on another connection that its tasks are gone. */
    void released() {
        lazy.released();
    }

    private void onCommit() {
        state = State.COMMITTING;
        if (tree.begun()) {
            tree.run();
        } else {
            files.markComplete(services.config().sync(), this::complete);
        }
    }

    /** The source of a lazy migration serves no more, and asks whether the tree has it all. */
    private void onRecall() {
        if (state != State.OVER && !lazy.isWhole()) {
            fail(CloseReason.PEER_LOST, "the source serves no more pages");
        }
    }

    @Override
    public void onWhole() {
        committed.complete(new Committed(lazy.root()));
    }

    @Override
    public void onPagesFailed(Outcome outcome) {
        over(outcome);
    }

    @Override
    public void onLazyOver(Outcome outcome) {
        state = State.OVER;
        work.runAlways(() -> files.abandon("its pages went to the tree itself", false));
        tunnel.close();
        conclude(outcome);
    }

    private void finish(ExitStatus exit) {
        if (exit.success()) {
            files.markComplete(services.config().sync(), this::complete);
        } else {
            tree.lookForLeft(
                    () -> files.markComplete(services.config().sync(), () -> endWithoutTree(exit)));
        }
    }

    /** Nothing of it is killed: it is the only copy, and may run. */
    private void endWithoutTree(ExitStatus exit) {
        endBadly(
                CloseReason.RESTORE_FAILED,
                "criu restore failed when its tree was to run ("
                        + exit.describe()
                        + "), and the tasks are gone at the source: "
                        + (tree.left().isEmpty()
                                ? "the images are whole, restore them by hand: "
                                : "its tasks "
                                        + tree.left()
                                        + " are there, look whether they run; if they do not, kill"
                                        + " them and restore the images, which are whole, by hand: ")
                        + byHand());
    }

    private void complete() {
        OptionalLong pid = tree.pid();
        state = State.OVER;
        committed.complete(new Committed(pid));
        tunnel.send(new Committed(pid))
                .addListener(this::onAnswered)
                .addListener(ChannelFutureListener.CLOSE);
        conclude(
                Outcome.completed(
                        Side.DESTINATION,
                        tree.begun()
                                ? "the tree runs here, its root is " + pid.orElse(-1)
                                : "images whole and durable"));
    }

    /** COMMITTED was sent, or could not be: then the source asks on another connection. */
    void onAnswered(Future<?> sent) {
        if (sent.isSuccess()) {
            services.attachments().ended(this);
        }
    }

    private void endBadly(CloseReason reason, String message) {
        state = State.OVER;
        Outcome outcome = Outcome.failed(Side.DESTINATION, reason, message);
        tunnel.abort(outcome);
        conclude(outcome);
    }

    // ---- the end

    private void onFault(Throwable fault) {
        LOG.error("a fault of pageproxy's own, please report it", fault);
        onWorkFailed(fault);
    }

    private void onWorkFailed(Throwable failure) {
        CloseReason reason =
                failure instanceof SessionException ended
                        ? ended.reason()
                        : CloseReason.LOCAL_FAILURE;
        String message =
                failure instanceof SessionException
                        ? failure.getMessage()
                        : FailureText.of(failure);
        if (state == State.COMMITTING && lazy == null) {
            endBadly(
                    reason,
                    message + "; the images are whole, and the source has given up its own");
        } else {
            fail(reason, message);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        boolean lost = reason == CloseReason.PEER_LOST || reason == CloseReason.PEER_SILENT;
        if (lazy != null && !lazy.isWhole() && state != State.OVER) {
            fail(reason, message);
        } else if (state == State.STAGED && lost) {
            holdOn(reason, message);
        } else if (state.compareTo(State.STAGED) > 0) {
            tunnel.close(); // Nothing goes by this connection any more.
        } else {
            fail(reason, message);
        }
    }

    /** Whether the tasks are gone at the source only the source can tell, and it may try to. */
    private void holdOn(CloseReason reason, String message) {
        state = State.ALONE;
        tunnel.close(); // Without a word: an Abort that came through would be believed.
        LOG.warn(
                "session={} {}: its copy is held for {} s, for the source to say whether its tasks"
                        + " are gone",
                session().orElse(""),
                message,
                hold.toSeconds());
        failAfterHold(State.ALONE, reason, message);
    }

    private void failAfterHold(State held, CloseReason reason, String message) {
        loop.schedule(
                () -> {
                    if (state == held) {
                        fail(reason, message);
                    }
                },
                hold.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Where only the source can tell whether its tasks are gone the copy is held as it is where the
     * connection is lost: the source may have said go already, and say so at any moment.
     */
    @Override
    public void stop(String message) {
        if (!inDoubt()) {
            fail(CloseReason.SHUTDOWN, message);
        } else if (state == State.STAGED) {
            LOG.warn(
                    "session={} {}: its copy is held for up to {} s more, for the source to say"
                            + " whether its tasks are gone",
                    session().orElse(""),
                    message,
                    hold.toSeconds());
            failAfterHold(State.STAGED, CloseReason.SHUTDOWN, message);
        }
    }

    /** Nothing once the source has committed: then it is for the restore to end. */
    @Override
    public void fail(CloseReason reason, String message) {
        boolean inDoubt = inDoubt();
        over(
                Outcome.failed(
                        Side.DESTINATION,
                        reason,
                        inDoubt
                                ? message
                                        + " before the source said whether its tasks are gone;"
                                        + " nothing runs here. If they are gone there, the images"
                                        + " are whole: "
                                        + byHand()
                                : message));
    }

    private boolean inDoubt() {
        return lazy == null && (state == State.STAGED || state == State.ALONE);
    }

    private String byHand() {
        return "criu restore -D " + folderPath;
    }

    private void over(Outcome outcome) {
        boolean only = lazy == null ? state == State.COMMITTING : lazy.isWhole();
        if (state == State.OVER || only) {
            return;
        }
        // Whether the tasks are gone at the source is not known then: the images may be all that
        // there is.
        boolean mayRun = state == State.COMMITTING;
        boolean keepFiles = inDoubt() && outcome.side() == Side.DESTINATION;
        state = State.OVER;
        if (outcome.side() == Side.DESTINATION && !tree.begun()) {
            tunnel.abort(outcome);
        }
        // What is under way on a worker ends, and nothing comes after it.
        Runnable giveUp = () -> tree.giveUp(() -> abandon(outcome, keepFiles));
        if (lazy == null) {
            work.runAlways(() -> owned.execute(giveUp));
        } else {
            lazy.end(outcome, mayRun, giveUp);
        }
    }

    private void abandon(Outcome outcome, boolean keepFiles) {
        if (lazy != null) {
            lazy.gone();
        }
        work.runAlways(
                () -> {
                    Outcome full = outcome;
                    try {
                        full = explained(outcome);
                        if (files != null) {
                            files.abandon(full.reason().label() + ": " + full.message(), keepFiles);
                        }
                    } finally {
                        Outcome told = full;
                        owned.execute(() -> tellAndConclude(told));
                    }
                });
    }

    private Outcome explained(Outcome outcome) {
        Outcome withLeft =
                tree.left().isEmpty()
                        ? outcome
                        : more(
                                outcome,
                                "; its tasks "
                                        + tree.left()
                                        + " could not be killed and are left here, without having"
                                        + " run: look what holds them");
        if (outcome.reason() != CloseReason.RESTORE_FAILED || files == null) {
            return withLeft;
        }
        Outcome explained =
                TakenPids.explain(folderPath, tree.left())
                        .map(why -> more(withLeft, "; " + why))
                        .orElse(withLeft);
        String tail = files.logTail(Restores.LOG_FILE_NAME, LOG_LINES, LOG_BYTES);
        return new Outcome(
                explained.reason(), explained.side(), explained.message(), Optional.of(tail));
    }

    private static Outcome more(Outcome outcome, String words) {
        return new Outcome(
                outcome.reason(), outcome.side(), outcome.message() + words, outcome.detail());
    }

    private void tellAndConclude(Outcome outcome) {
        if (outcome.side() == Side.DESTINATION && tree.begun()) {
            tunnel.abort(outcome);
        } else if (outcome.side() == Side.SOURCE) {
            tunnel.close();
        }
        conclude(outcome);
    }

    private void conclude(Outcome outcome) {
        endLater(outcome);
        committed.completeExceptionally(new SessionException(outcome.reason(), outcome.message()));
        if (wasStaged) {
            services.attachments().remember(this);
            loop.schedule(
                    () -> services.attachments().forget(this),
                    hold.toMillis(),
                    TimeUnit.MILLISECONDS);
        } else {
            services.attachments().forget(this);
        }
        grant.giveBack();
        tunnel.channel()
                .closeFuture()
                .addListener(closed -> report.complete(facts.report(outcome, figures())));
    }

    /** A source that has not heard that its tree runs tries to for so long. */
    private void endLater(Outcome outcome) {
        if (!outcome.good() || lazy != null) {
            services.attachments().ended(this);
            return;
        }
        loop.schedule(
                () -> services.attachments().ended(this),
                CommitTimeouts.recommit(Duration.ofMillis(attach.peerTimeoutMillis())).toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Where it stands, one word. */
    @Override
    public String stateName() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** What went over its connection. */
    @Override
    public SessionFigures figures() {
        return facts.figures(
                StreamTotals.NONE, Optional.of(SessionFacts.Wire.of(tunnel)), CodingTotals.NONE);
    }
}
