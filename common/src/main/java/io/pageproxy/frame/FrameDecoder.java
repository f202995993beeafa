package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.pageproxy.frame.Frame.Block;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Decodes the bytes of the tunnel into frames. The length of a payload is checked before anything
 * is allocated for it; the payload is then gathered from reads of any size.
 *
 * <p>Fires a {@link FrameException} if the peer violates the protocol, and decodes nothing more.
 *
 * <p>A decoder created by {@link #ofControlFrames} refuses blocks, whose 24-byte headers would
 * reserve up to 1 MiB, until it receives the event {@link BlocksExpected}.
 */
public final class FrameDecoder extends ChannelDuplexHandler {
    private final ByteBuf header;
    private final Queue<ByteBuf> waiting = new ArrayDeque<>();
    private boolean decoding;
    private FrameType type;
    private ByteBuf payload;
    private StoredContent stored;
    private int missingBytes;
    private boolean blocksExpected;
    private boolean broken;

    /** Creates a decoder for one connection. */
    public FrameDecoder() {
        this(true);
    }

    private FrameDecoder(boolean blocksExpected) {
        this.blocksExpected = blocksExpected;
        header = Unpooled.buffer(FrameLayout.BLOCK_HEADER_BYTES);
    }

    /** Creates a decoder for one connection that refuses blocks for now. */
    public static FrameDecoder ofControlFrames() {
        return new FrameDecoder(false);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == BlocksExpected.INSTANCE) {
            blocksExpected = true;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        waiting.add((ByteBuf) message);
        decodeWhileRead(ctx);
    }

    /** Resumes reading, first with the bytes that were held back. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        decodeWhileRead(ctx);
        if (waiting.isEmpty()) {
            ctx.read();
        }
    }

    /**
     * Decodes while auto-read is on. A few bytes may decode to many blocks, so disabling auto-read
     * must also hold back frames that are already buffered.
     */
    private void decodeWhileRead(ChannelHandlerContext ctx) {
        if (decoding) {
            return; // A handler called read() while it receives a frame from us.
        }
        decoding = true;
        try {
            while (!waiting.isEmpty() && (broken || ctx.channel().config().isAutoRead())) {
                ByteBuf in = waiting.peek();
                if (in.isReadable() && !broken) {
                    decode(ctx, in);
                } else {
                    waiting.remove().release();
                }
            }
        } catch (FrameException e) {
            broken = true;
            dropWaiting();
            throw e;
        } finally {
            decoding = false;
        }
    }

    private void dropWaiting() {
        while (!waiting.isEmpty()) {
            waiting.remove().release();
        }
    }

    private void decode(ChannelHandlerContext ctx, ByteBuf in) {
        if (missingBytes == 0) {
            if (!fillHeader(in, FrameLayout.HEADER_BYTES)) {
                return;
            }
            type = validType();
            if (type == FrameType.BLOCK && !fillHeader(in, FrameLayout.BLOCK_HEADER_BYTES)) {
                return;
            }
            missingBytes = validContentBytes();
        }
        int lengthBytes = Math.min(missingBytes, in.readableBytes());
        boolean whole = lengthBytes == missingBytes;
        gather(ctx, in, lengthBytes);
        missingBytes -= lengthBytes;
        if (whole) {
            ByteBuf content = takeContent();
            ctx.fireChannelRead(type == FrameType.BLOCK ? block(content) : control(content));
            header.clear();
        }
    }

    /**
     * Gathers the payload. Stored blocks are passed on mostly without copying; payloads that must
     * be decoded are gathered in one buffer.
     */
    private void gather(ChannelHandlerContext ctx, ByteBuf in, int lengthBytes) {
        if (!isStoredBlock()) {
            if (payload == null) {
                payload = ctx.alloc().directBuffer(missingBytes, missingBytes);
            }
            payload.writeBytes(in, lengthBytes);
        } else if (stored == null && lengthBytes == missingBytes) {
            payload = StoredContent.whole(in, lengthBytes, ctx.alloc());
        } else {
            if (stored == null) {
                stored = new StoredContent(ctx.alloc());
            }
            stored.add(in, lengthBytes);
        }
    }

    private boolean isStoredBlock() {
        return type == FrameType.BLOCK
                && header.getByte(FrameLayout.CODEC_OFFSET) == FrameLayout.STORED_CODE;
    }

    private ByteBuf takeContent() {
        ByteBuf content = stored == null ? payload : stored.take();
        payload = null;
        stored = null;
        return content;
    }

    private boolean fillHeader(ByteBuf in, int wantedBytes) {
        int lengthBytes = Math.min(wantedBytes - header.readableBytes(), in.readableBytes());
        if (lengthBytes > 0) {
            header.writeBytes(in, lengthBytes);
        }
        return header.readableBytes() >= wantedBytes;
    }

    private FrameType validType() {
        int code = header.getUnsignedByte(FrameLayout.TYPE_OFFSET);
        FrameType known = FrameType.ofCode(code);
        if (known == null) {
            throw new FrameException("expected a frame, but one of type " + code + " came");
        }
        if (known == FrameType.BLOCK && !blocksExpected) {
            throw new FrameException("a block came before the peer had asked for a session");
        }
        if (known != FrameType.BLOCK && header.getShort(FrameLayout.REFERENCES_OFFSET) != 0) {
            throw new FrameException("a " + known + " with references, which only a block has");
        }
        if (known != FrameType.BLOCK && header.getByte(FrameLayout.CODEC_OFFSET) != 0) {
            throw new FrameException("a " + known + " with a codec, which only a block has");
        }
        long lengthBytes = header.getUnsignedInt(FrameLayout.LENGTH_OFFSET);
        int maxBytes =
                known == FrameType.BLOCK
                        ? FrameLayout.BLOCK_FIELDS_BYTES + FrameLayout.MAX_BLOCK_BYTES
                        : FrameLayout.MAX_CONTROL_BYTES;
        int leastBytes = known == FrameType.BLOCK ? FrameLayout.BLOCK_FIELDS_BYTES + 1 : 0;
        if (lengthBytes < leastBytes || lengthBytes > maxBytes) {
            throw new FrameException(
                    "expected a "
                            + known
                            + " of "
                            + leastBytes
                            + " to "
                            + maxBytes
                            + " bytes, but "
                            + lengthBytes
                            + " are announced");
        }
        return known;
    }

    private int validContentBytes() {
        int lengthBytes = header.getInt(FrameLayout.LENGTH_OFFSET);
        if (type != FrameType.BLOCK) {
            return lengthBytes;
        }
        int contentBytes = lengthBytes - FrameLayout.BLOCK_FIELDS_BYTES;
        int codedBytes = contentBytes - references() * FrameLayout.REFERENCE_BYTES;
        if (codedBytes < 0) {
            throw new FrameException(
                    references() + " references do not fit into " + contentBytes + " bytes");
        }
        int leastBytes = Math.max(1, codedBytes);
        int rawBytes = header.getInt(FrameLayout.RAW_LENGTH_OFFSET);
        if (rawBytes < leastBytes || rawBytes > FrameLayout.MAX_BLOCK_BYTES) {
            throw new FrameException(
                    "expected a block of "
                            + leastBytes
                            + " to "
                            + FrameLayout.MAX_BLOCK_BYTES
                            + " raw bytes, but "
                            + Integer.toUnsignedString(rawBytes)
                            + " are announced");
        }
        return contentBytes;
    }

    private int references() {
        return header.getUnsignedShort(FrameLayout.REFERENCES_OFFSET);
    }

    private Block block(ByteBuf content) {
        return new Block(
                header.getLong(FrameLayout.SEQUENCE_OFFSET),
                header.getUnsignedByte(FrameLayout.CODEC_OFFSET),
                references(),
                header.getInt(FrameLayout.RAW_LENGTH_OFFSET),
                header.getInt(FrameLayout.CHECKSUM_OFFSET),
                content);
    }

    private Frame control(ByteBuf content) {
        try {
            return ControlFrames.fromFields(type, Fields.read(content));
        } finally {
            content.release();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        broken = true;
        dropWaiting();
        if (payload != null) {
            payload.release();
            payload = null;
        }
        if (stored != null) {
            stored.release();
            stored = null;
        }
    }
}
