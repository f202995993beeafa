package io.pageproxy.source.migrate.commit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.source.migrate.dump.DumpedImages;
import io.pageproxy.tunnel.Tunnel;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Sends images as stored blocks, each followed by its SHA-256; for one thread, which it blocks. */
public final class ImageSender {
    private static final int BLOCK_BYTES = 512 << 10;

    private final FilesConnection connection;
    private final Tunnel tunnel;
    private final CRC32C checksum = new CRC32C();
    private long nextBlock;

    /** A sender for a connection that the destination has accepted. */
    public ImageSender(FilesConnection connection) {
        this.connection = connection;
        this.tunnel = connection.tunnel();
    }

    /**
     * Sends those images, and says that they are all.
     *
     * @return how many bytes they have
     * @throws IOException if one cannot be read
     * @throws MigrationFailedException if the connection has failed
     */
    public long send(DumpedImages images) throws IOException {
        long totalBytes = 0;
        for (int i = 0; i < images.count(); i++) {
            totalBytes += send(images, i);
        }
        connection.sendFilesEnd(images.count(), totalBytes);
        return totalBytes;
    }

    private long send(DumpedImages images, int index) throws IOException {
        MessageDigest digest = newDigest();
        try (DumpedImages.Image image = images.open(index)) {
            long sizeBytes = image.sizeBytes();
            tunnel.send(new Frame.File(image.name(), sizeBytes));
            for (long sentBytes = 0; sentBytes < sizeBytes; ) {
                int wantedBytes = (int) Math.min(BLOCK_BYTES, sizeBytes - sentBytes);
                sentBytes += sendBlock(image.content(), wantedBytes, digest);
            }
            tunnel.send(new Frame.FileEnd(HexFormat.of().formatHex(digest.digest())));
            return sizeBytes;
        }
    }

    private int sendBlock(ReadableByteChannel file, int wantedBytes, MessageDigest digest)
            throws IOException {
        int start = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf block = tunnel.channel().alloc().directBuffer(start + wantedBytes);
        int bytes = fill(block.setIndex(start, start), file, wantedBytes);
        checksum.update(block.nioBuffer());
        digest.update(block.nioBuffer());
        FrameEncoder.writeBlockHeader(
                block, FrameLayout.STORED_CODE, 0, nextBlock++, bytes, (int) checksum.getValue());
        ChannelFuture sent = tunnel.channel().writeAndFlush(block);
        if (!tunnel.isWritable()) {
            sent.awaitUninterruptibly();
        }
        if (connection.failed().isDone()) {
            throw new MigrationFailedException(connection.failed().join());
        }
        return bytes;
    }

    /** Reads the next part of the file; releases the block if that fails. */
    private static int fill(ByteBuf block, ReadableByteChannel file, int wantedBytes)
            throws IOException {
        int bytes = 0;
        try {
            bytes = file.read(block.nioBuffer(block.writerIndex(), wantedBytes));
            block.writerIndex(block.writerIndex() + Math.max(0, bytes));
        } finally {
            if (bytes <= 0) {
                block.release();
            }
        }
        if (bytes <= 0) {
            throw new IOException("an image became shorter while it was sent");
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
}
