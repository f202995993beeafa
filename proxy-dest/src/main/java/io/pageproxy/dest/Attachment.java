package io.pageproxy.dest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.pageproxy.dest.egress.Restores;
import io.pageproxy.dest.images.AddedFiles;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.policy.SessionGrant;
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
import io.pageproxy.net.Drainable;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tls.PeerIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * The one who decides on a connection that brings a session's other images, and whether the tree
 * that is restored from them runs.
 *
 * <pre>
 *   WAITING --File, pages whole--> RECEIVING --FilesEnd--> STAGING --restored, held--> STAGED
 *                                                                                        | Commit
 *   OVER <--the tree runs-- COMMITTING <-------------------------------------------------+
 * </pre>
 *
 * Any failure before Commit leads to OVER, the tree is killed without having run, and the folder
 * keeps its mark, which says why. After Commit this is the only copy: nothing but its own end stops
 * it. Everything runs on the connection's event loop; what blocks goes to workers.
 */
final class Attachment implements TunnelListener, Drainable {
    private static final int PAUSE_BYTES = 4 << 20;
    private static final int LOG_LINES = 12;
    private static final int LOG_BYTES = 4 << 10;

    private enum State {
        WAITING,
        RECEIVING,
        STAGING,
        STAGED,
        COMMITTING,
        OVER
    }

    private final DestServices services;
    private final EventLoop loop;
    private final Tunnel tunnel;
    private final SessionFacts facts;
    private final Attach attach;
    private final SerialWork work;
    private final BlockSequence blocks = new BlockSequence();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private State state = State.WAITING;
    private Path folderPath;
    private SessionGrant grant;
    private ImagesFolder folder;
    private AddedFiles files;
    private Restores.Held restore;
    private boolean keepFiles;
    private long announcedBytes;
    private long waitingBytes;
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
        this.work = new SerialWork(services.workers());
    }

    /**
     * Takes the connection over.
     *
     * @throws SessionException where it may not; the connection is not its own then
     */
    void begin() {
        PeerIdentity peer = tunnel.security().peer();
        grant = services.policy().attach(peer, attach.session().map(SessionName::new));
        try {
            requireRestoreAllowed();
            services.attachments().add(attach.session(), peer, this);
        } catch (SessionException e) {
            grant.giveBack();
            throw e;
        }
        tunnel.handOver(this);
        tunnel.peerExpects(attach.peerTimeoutMillis());
        tunnel.send(
                new Attached(
                        services.config().agent(), services.config().timeouts().peer().toMillis()));
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

    CompletableFuture<SessionReport> report() {
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

    /** The session's pages are whole, in that folder. */
    void onPagesWhole(Path whole) {
        folderPath = whole;
        facts.prepared(whole);
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
            over(new Outcome(abort.reason(), Side.SOURCE, abort.message(), abort.detail()));
        } else if (frame instanceof File file && (receiving || state == State.WAITING)) {
            onFile(file);
        } else if (frame instanceof Block block && receiving) {
            onBlock(block);
        } else if (frame instanceof FileEnd end && receiving) {
            then(work.add(() -> files.end(end.sha256())), () -> {});
        } else if (frame instanceof FilesEnd end && receiving) {
            onFilesEnd(end);
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
        announcedBytes += file.bytes();
        if (announcedBytes < 0 || announcedBytes > services.config().limits().sessionBytes()) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the files are more than --max-session-bytes of the destination");
        }
        grant.count(file.bytes());
        then(work.add(() -> files.begin(file.name(), file.bytes())), () -> {});
    }

    private void beginToReceive() {
        if (folderPath == null) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a file came before this source's pages of the session were whole");
        }
        facts.streamBegins();
        startNanos = System.nanoTime();
        state = State.RECEIVING;
        then(work.add(this::reopen), () -> {});
    }

    private void reopen() {
        folder = ImagesFolder.reopen(folderPath);
        files = new AddedFiles(folder);
    }

    private void onBlock(Block block) {
        ByteBuf content = block.content();
        int bytes = content.readableBytes();
        try {
            blocks.check(block);
        } catch (SessionException e) {
            content.release();
            throw e;
        }
        waitingBytes += bytes;
        if (waitingBytes > PAUSE_BYTES) {
            tunnel.setReading(false);
        }
        then(work.add(() -> files.write(content)), () -> {});
        work.addAlways(
                () -> {
                    content.release();
                    loop.execute(() -> written(bytes));
                });
    }

    private void written(int bytes) {
        waitingBytes -= bytes;
        if (waitingBytes <= PAUSE_BYTES / 2) {
            tunnel.setReading(true);
        }
    }

    private void onFilesEnd(FilesEnd end) {
        state = State.STAGING;
        then(
                work.add(() -> files.finish(end.files(), end.bytes(), services.config().sync())),
                this::onFilesWhole);
    }

    private void onFilesWhole() {
        filesNanos = System.nanoTime();
        if (state != State.STAGING) {
            return;
        }
        if (attach.restore()) {
            then(work.add(this::startRestore), () -> {});
        } else {
            staged();
        }
    }

    // ---- the restore

    private void startRestore() {
        try {
            Restores.Held started = services.restores().start(folderPath);
            loop.execute(() -> onRestoreStarted(started));
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "the restore could not be started: " + e.getMessage());
        }
    }

    private void onRestoreStarted(Restores.Held started) {
        restore = started;
        if (state == State.OVER) {
            started.giveUp();
            return;
        }
        started.ready().thenRun(() -> loop.execute(this::onRestoreReady));
        started.exit().thenAccept(exit -> loop.execute(() -> onRestoreEnd(exit)));
    }

    private void onRestoreReady() {
        if (state == State.STAGING) {
            staged();
        }
    }

    private void staged() {
        state = State.STAGED;
        double restoreSeconds = restore == null ? 0 : (System.nanoTime() - filesNanos) / 1e9;
        tunnel.send(new Staged((filesNanos - startNanos) / 1e9, restoreSeconds));
    }

    private void onRestoreEnd(ExitStatus exit) {
        if (state == State.COMMITTING) {
            finish(exit);
        } else {
            fail(
                    CloseReason.RESTORE_FAILED,
                    "criu restore ended before its tree could run: " + exit.describe());
        }
    }

    private void onCommit() {
        state = State.COMMITTING;
        if (restore == null) {
            then(work.add(() -> folder.markComplete(services.config().sync())), this::complete);
            return;
        }
        try {
            restore.run();
        } catch (IOException e) {
            restore.giveUp(); // Its end says the rest.
        }
    }

    private void finish(ExitStatus exit) {
        then(
                work.add(() -> folder.markComplete(services.config().sync())),
                () -> {
                    if (exit.success()) {
                        complete();
                    } else {
                        end(
                                Outcome.failed(
                                        Side.DESTINATION,
                                        CloseReason.RESTORE_FAILED,
                                        "criu restore failed when its tree was to run ("
                                                + exit.describe()
                                                + "), and the tasks are gone at the source: the"
                                                + " images are whole, restore them by hand: criu"
                                                + " restore -D "
                                                + folderPath));
                    }
                });
    }

    private void complete() {
        OptionalLong pid = restore == null ? OptionalLong.empty() : restore.pid();
        tunnel.send(new Committed(pid)).addListener(ChannelFutureListener.CLOSE);
        end(
                Outcome.completed(
                        Side.DESTINATION,
                        restore == null
                                ? "images whole and durable"
                                : "the tree runs here, its root is " + pid.orElse(-1)));
    }

    // ---- the end

    private void then(CompletableFuture<Void> piece, Runnable next) {
        piece.whenComplete(
                (done, failure) ->
                        loop.execute(
                                () -> {
                                    if (failure == null) {
                                        next.run();
                                    } else {
                                        onWorkFailed(failure);
                                    }
                                }));
    }

    private void onWorkFailed(Throwable failure) {
        CloseReason reason =
                failure instanceof SessionException ended
                        ? ended.reason()
                        : CloseReason.LOCAL_FAILURE;
        String message = failure instanceof SessionException ? failure.getMessage() : "" + failure;
        if (state == State.COMMITTING) {
            end(
                    Outcome.failed(
                            Side.DESTINATION,
                            reason,
                            message
                                    + "; the images are whole, and the source has given up its own"));
        } else {
            fail(reason, message);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(
                reason,
                state == State.STAGED
                        ? message
                                + " before the source said whether its tasks are gone; nothing runs"
                                + " here. If they are gone there, the images are whole: criu restore"
                                + " -D "
                                + folderPath
                        : message);
    }

    /** Nothing once the source has committed: then it is for the restore to end. */
    @Override
    public void fail(CloseReason reason, String message) {
        over(Outcome.failed(Side.DESTINATION, reason, message));
    }

    private void over(Outcome outcome) {
        if (state == State.OVER || state == State.COMMITTING) {
            return;
        }
        // Whether the tasks are gone at the source is not known then: the images may be all there
        // is.
        keepFiles = state == State.STAGED && outcome.side() == Side.DESTINATION;
        state = State.OVER;
        if (outcome.side() == Side.DESTINATION && restore == null) {
            tunnel.abort(outcome);
        }
        work.addAlways(() -> loop.execute(() -> undo(outcome)));
    }

    /** What was under way on a worker is done, and nothing comes after it. */
    private void undo(Outcome outcome) {
        if (restore == null) {
            abandon(outcome);
        } else {
            restore.giveUp();
            restore.exit().whenComplete((exit, failure) -> abandon(outcome));
        }
    }

    private void abandon(Outcome outcome) {
        work.addAlways(
                () -> {
                    Outcome full = withLog(outcome);
                    if (files != null && !keepFiles) {
                        files.discard();
                    }
                    if (folder != null) {
                        folder.abandon(full.reason().label() + ": " + full.message());
                    }
                    loop.execute(() -> tellAndConclude(full));
                });
    }

    private Outcome withLog(Outcome outcome) {
        if (outcome.reason() != CloseReason.RESTORE_FAILED || folder == null) {
            return outcome;
        }
        String tail = folder.logTail(Restores.LOG_FILE_NAME, LOG_LINES, LOG_BYTES);
        return new Outcome(outcome.reason(), outcome.side(), outcome.message(), Optional.of(tail));
    }

    private void tellAndConclude(Outcome outcome) {
        if (outcome.side() == Side.DESTINATION && restore != null) {
            tunnel.abort(outcome);
        } else if (outcome.side() == Side.SOURCE) {
            tunnel.close();
        }
        conclude(outcome);
    }

    private void end(Outcome outcome) {
        state = State.OVER;
        if (!outcome.good()) {
            tunnel.abort(outcome);
        }
        conclude(outcome);
    }

    private void conclude(Outcome outcome) {
        services.attachments().remove(attach.session(), tunnel.security().peer(), this);
        grant.giveBack();
        OneLane counter = new OneLane(tunnel, block -> {}, end -> {});
        tunnel.channel()
                .closeFuture()
                .addListener(
                        closed ->
                                report.complete(
                                        facts.report(
                                                outcome,
                                                StreamTotals.NONE,
                                                Optional.of(counter),
                                                CodingTotals.NONE)));
    }
}
