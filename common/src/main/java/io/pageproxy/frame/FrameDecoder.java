package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.pageproxy.frame.Frame.Block;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Cuts the tunnel's bytes into frames. A payload's length is checked before anything is allocated
 * for it, and it is then gathered from reads of any size.
 *
 * <p>Throws {@link FrameException} into the pipeline where the peer breaks the protocol; nothing
 * more is decoded then.
 *
 * <p>A decoder {@link #ofControlFrames} refuses blocks, whose headers of 24 bytes reserve up to 1
 * MiB, until the event {@link BlocksExpected} is triggered.
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

    /** A decoder for one connection. */
    public FrameDecoder() {
        this(true);
    }

    private FrameDecoder(boolean blocksExpected) {
        this.blocksExpected = blocksExpected;
        header = Unpooled.buffer(FrameLayout.BLOCK_HEADER_BYTES);
    }

    /** A decoder for one connection on which no block may come yet. */
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

    /** Whoever stopped reading reads on: first what was held back. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        decodeWhileRead(ctx);
        if (waiting.isEmpty()) {
            ctx.read();
        }
    }

    /**
     * A few bytes may hold many blocks' worth of the stream, so that who stops reading means the
     * next frame, not the next bytes.
     */
    private void decodeWhileRead(ChannelHandlerContext ctx) {
        if (decoding) {
            return; // Further up somebody reads on while we are handing him a frame.
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
     * What is stored as it is goes on as it came, mostly not copied; what must be decoded is put
     * together.
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
        int mostBytes =
                known == FrameType.BLOCK
                        ? FrameLayout.BLOCK_FIELDS_BYTES + FrameLayout.MAX_BLOCK_BYTES
                        : FrameLayout.MAX_CONTROL_BYTES;
        int leastBytes = known == FrameType.BLOCK ? FrameLayout.BLOCK_FIELDS_BYTES + 1 : 0;
        if (lengthBytes < leastBytes || lengthBytes > mostBytes) {
            throw new FrameException(
                    "expected a "
                            + known
                            + " of "
                            + leastBytes
                            + " to "
                            + mostBytes
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
