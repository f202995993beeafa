package io.pageproxy.source.migrate;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/**
 * The connection that brings a session's other images to the destination, and on which the two
 * sides agree whose copy is the one that runs. What is to come is told by futures, which fail with
 * a {@link SessionException} when the connection does; any thread may wait for them.
 */
final class FilesSession implements TunnelListener {
    private static final int BLOCK_BYTES = 512 << 10;

    private final Attach attach;
    private final CompletableFuture<Void> attached = new CompletableFuture<>();
    private final CompletableFuture<Staged> staged = new CompletableFuture<>();
    private final CompletableFuture<Committed> committed = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();
    private final CRC32C checksum = new CRC32C();
    private long nextBlock;
    private volatile Tunnel tunnel;
    private volatile boolean allSent;
    private volatile boolean committing;

    FilesSession(Attach attach) {
        this.attach = attach;
    }

    /** The destination has said that it takes the files. */
    CompletableFuture<Void> attached() {
        return attached;
    }

    /** All is whole there and, where asked for, the tree restored and held. */
    CompletableFuture<Staged> staged() {
        return staged;
    }

    /** The copy there is the one that runs. */
    CompletableFuture<Committed> committed() {
        return committed;
    }

    /** Completes, never exceptionally, when the connection is of no more use. */
    CompletableFuture<Outcome> failed() {
        return failed;
    }

    /** Bytes sent on the wire so far, TLS included. */
    long wireBytes() {
        return tunnel == null ? 0 : tunnel.sentBytes();
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        tunnel = up;
        up.send(attach);
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Abort abort) {
            end(new Outcome(abort.reason(), Side.DESTINATION, abort.message(), abort.detail()));
            tunnel.close();
        } else if (frame instanceof Attached answer && !attached.isDone()) {
            tunnel.peerExpects(answer.peerTimeoutMillis());
            attached.complete(null);
        } else if (frame instanceof Staged answer && allSent && !staged.isDone()) {
            staged.complete(answer);
        } else if (frame instanceof Committed answer && committing) {
            committed.complete(answer);
        } else {
            if (frame instanceof Frame.Block block) {
                block.content().release();
            }
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination sent "
                            + frame.getClass().getSimpleName()
                            + " where it was not due");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Who sends looks for himself.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    /** Gives up, and tells the destination; nothing where it has failed before. Any thread. */
    void fail(CloseReason reason, String message) {
        Outcome outcome = Outcome.failed(Side.SOURCE, reason, message);
        if (end(outcome) && tunnel != null) {
            tunnel.channel().eventLoop().execute(() -> tunnel.abort(outcome));
        }
    }

    private boolean end(Outcome outcome) {
        boolean first = failed.complete(outcome);
        SessionException why = new SessionException(outcome.reason(), outcome.message());
        attached.completeExceptionally(why);
        staged.completeExceptionally(why);
        committed.completeExceptionally(why);
        return first;
    }

    // ---- what is sent; on one thread that may block

    /**
     * Sends those files; blocks.
     *
     * @return how many bytes they have
     * @throws IOException where one cannot be read
     * @throws SessionException where the connection has failed
     */
    long send(List<Path> files) throws IOException {
        long totalBytes = 0;
        for (Path file : files) {
            totalBytes += send(file);
        }
        allSent = true;
        tunnel.send(new Frame.FilesEnd(files.size(), totalBytes));
        return totalBytes;
    }

    private long send(Path path) throws IOException {
        MessageDigest digest = newDigest();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long sizeBytes = file.size();
            tunnel.send(new Frame.File(path.getFileName().toString(), sizeBytes));
            for (long sentBytes = 0; sentBytes < sizeBytes; ) {
                int wantedBytes = (int) Math.min(BLOCK_BYTES, sizeBytes - sentBytes);
                sentBytes += sendBlock(file, sentBytes, wantedBytes, digest);
            }
            tunnel.send(new Frame.FileEnd(HexFormat.of().formatHex(digest.digest())));
            return sizeBytes;
        }
    }

    private int sendBlock(FileChannel file, long offset, int wantedBytes, MessageDigest digest)
            throws IOException {
        int start = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf block = tunnel.channel().alloc().directBuffer(start + wantedBytes);
        block.setIndex(start, start);
        int bytes = block.writeBytes(file, offset, wantedBytes);
        if (bytes <= 0) {
            block.release();
            throw new IOException("an image became shorter while it was sent");
        }
        checksum.update(block.nioBuffer());
        digest.update(block.nioBuffer());
        FrameEncoder.writeBlockHeader(
                block, FrameLayout.STORED_CODE, 0, nextBlock++, bytes, (int) checksum.getValue());
        ChannelFuture sent = tunnel.channel().writeAndFlush(block);
        if (!tunnel.isWritable()) {
            sent.awaitUninterruptibly();
        }
        if (failed.isDone()) {
            throw new SessionException(failed.join().reason(), failed.join().message());
        }
        return bytes;
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The tasks are gone here. */
    void commit() {
        committing = true;
        tunnel.send(new Commit());
    }
}
