package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Encodes control frames. Blocks pass unchanged: {@link #writeBlockHeader} has already written
 * their header into the space reserved in front of the content.
 */
public final class FrameEncoder extends ChannelOutboundHandlerAdapter {

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ctx.write(message instanceof Frame frame ? encode(ctx, frame) : message, promise);
    }

    private static ByteBuf encode(ChannelHandlerContext ctx, Frame frame) {
        Fields fields = ControlFrames.toFields(frame);
        int payloadBytes = fields.encodedBytes();
        ByteBuf out = ctx.alloc().directBuffer(FrameLayout.HEADER_BYTES + payloadBytes);
        out.writeByte(ControlFrames.typeOf(frame).code());
        out.writeByte(0);
        out.writeShort(0);
        out.writeInt(payloadBytes);
        fields.write(out);
        return out;
    }

    /**
     * Writes a block's header in front of its content.
     *
     * @param block the readable bytes are the content; before them lie at least {@link
     *     FrameLayout#BLOCK_HEADER_BYTES}, which become readable too
     * @param references number of references behind the coded literals
     */
    public static void writeBlockHeader(
            ByteBuf block, int codec, int references, long sequence, int rawBytes, int checksum) {
        int contentBytes = block.readableBytes();
        int start = block.readerIndex() - FrameLayout.BLOCK_HEADER_BYTES;
        block.setByte(start + FrameLayout.TYPE_OFFSET, FrameType.BLOCK.code());
        block.setByte(start + FrameLayout.CODEC_OFFSET, codec);
        block.setShort(start + FrameLayout.REFERENCES_OFFSET, references);
        block.setInt(
                start + FrameLayout.LENGTH_OFFSET, FrameLayout.BLOCK_FIELDS_BYTES + contentBytes);
        block.setLong(start + FrameLayout.SEQUENCE_OFFSET, sequence);
        block.setInt(start + FrameLayout.RAW_LENGTH_OFFSET, rawBytes);
        block.setInt(start + FrameLayout.CHECKSUM_OFFSET, checksum);
        block.readerIndex(start);
    }
}
