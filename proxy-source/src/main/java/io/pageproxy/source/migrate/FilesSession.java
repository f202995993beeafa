package io.pageproxy.source.migrate;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.SessionException;
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
final class FilesSession extends CommitConnection {
    private static final int BLOCK_BYTES = 512 << 10;

    private final CompletableFuture<Attached> attached = new CompletableFuture<>();
    private final CompletableFuture<Staged> staged = new CompletableFuture<>();
    private final CRC32C checksum = new CRC32C();
    private long nextBlock;
    private volatile boolean allSent;

    FilesSession(Attach attach) {
        super(attach, false);
    }

    /** The destination has said that it takes the files. */
    CompletableFuture<Attached> attached() {
        return attached;
    }

    /** All is whole there and, where asked for, the tree restored and held. */
    CompletableFuture<Staged> staged() {
        return staged;
    }

    @Override
    boolean take(Frame frame) {
        if (frame instanceof Attached answer && !attached.isDone()) {
            tunnel().setPeerTimeoutMillis(answer.peerTimeoutMillis());
            attached.complete(answer);
        } else if (frame instanceof Staged answer && allSent && !staged.isDone()) {
            staged.complete(answer);
        } else {
            return false;
        }
        return true;
    }

    @Override
    void onEnd(SessionException why) {
        attached.completeExceptionally(why);
        staged.completeExceptionally(why);
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
        tunnel().send(new Frame.FilesEnd(files.size(), totalBytes));
        return totalBytes;
    }

    private long send(Path path) throws IOException {
        MessageDigest digest = newDigest();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long sizeBytes = file.size();
            tunnel().send(new Frame.File(path.getFileName().toString(), sizeBytes));
            for (long sentBytes = 0; sentBytes < sizeBytes; ) {
                int wantedBytes = (int) Math.min(BLOCK_BYTES, sizeBytes - sentBytes);
                sentBytes += sendBlock(file, sentBytes, wantedBytes, digest);
            }
            tunnel().send(new Frame.FileEnd(HexFormat.of().formatHex(digest.digest())));
            return sizeBytes;
        }
    }

    private int sendBlock(FileChannel file, long offset, int wantedBytes, MessageDigest digest)
            throws IOException {
        int start = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf block = tunnel().channel().alloc().directBuffer(start + wantedBytes);
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
        ChannelFuture sent = tunnel().channel().writeAndFlush(block);
        if (!tunnel().isWritable()) {
            sent.awaitUninterruptibly();
        }
        if (failed().isDone()) {
            throw new SessionException(failed().join().reason(), failed().join().message());
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

    /** The tasks are gone here; nothing where the connection has failed. */
    void commit() {
        if (!failed().isDone()) {
            saysSo();
            tunnel().send(new Commit());
        }
    }
}
