package io.pageproxy.source.dumper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.RecordLayout;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A dumper on an embedded channel with the real pipeline: what it sends is read as epoll reads it,
 * into the buffers that the channel's allocator hands out.
 */
public final class ScriptedDumper {
    private static final Duration SILENCE = Duration.ofSeconds(15);
    public static final int PAGE_SIZE_BYTES = 4096;
    private static final int BLOCK_BYTES = 64 << 10;

    private final EmbeddedChannel channel;
    private final ExtendedHandle reads;
    private final Gate gate = new Gate();
    private final Observer observed = new Observer();

    public ScriptedDumper(DumperListener listener, Predicate<Dumper> admission) {
        channel =
                new EmbeddedChannel(
                        new DumperInitializer(
                                PAGE_SIZE_BYTES,
                                0,
                                BLOCK_BYTES,
                                listener,
                                admission,
                                SILENCE,
                                Optional.of(observed)));
        channel.pipeline().addFirst(gate);
        reads = (ExtendedHandle) channel.config().getRecvByteBufAllocator().newHandle();
    }

    /** The records that an observer has seen, and how many bytes of pages. */
    public String observed() {
        return observed.records + ", " + observed.pageBytes;
    }

    private static final class Observer implements PageStreamListener {
        private final List<PageCommand> records = new ArrayList<>();
        private long pageBytes;

        @Override
        public void onRecord(PageRecord page) {
            records.add(page.command());
        }

        @Override
        public void onPages(ByteBuf in, int index, int lengthBytes) {
            pageBytes += lengthBytes;
        }
    }

    /** Makes bytes available to one read, with more to follow. */
    public void sends(ByteBuf bytes) {
        while (bytes.isReadable()) {
            ByteBuf into = reads.allocate(channel.alloc());
            into.writeBytes(bytes, Math.min(into.writableBytes(), bytes.readableBytes()));
            channel.writeOneInbound(into);
        }
    }

    /** Makes nothing more available for now. */
    public void pauses() {
        if (channel.isOpen()) {
            channel.flushInbound();
        }
    }

    /** Sends records, and then nothing more for now. */
    public void says(PageRecord... pages) {
        for (PageRecord page : pages) {
            ByteBuf record = Unpooled.buffer();
            RecordLayout.BYTES_32.write(page, record);
            sends(record);
        }
        pauses();
    }

    public void leaves() {
        channel.close();
        channel.runPendingTasks();
    }

    /** Returns what it has received since the last call, in hexadecimal. */
    public String heard() {
        StringBuilder heard = new StringBuilder();
        for (ByteBuf bytes; (bytes = channel.readOutbound()) != null; ) {
            heard.append(ByteBufUtil.hexDump(bytes));
            bytes.release();
        }
        return heard.toString();
    }

    public boolean isConnected() {
        return channel.isOpen();
    }

    public boolean isRead() {
        return channel.config().isAutoRead();
    }

    /** Stops accepting writes on its socket. */
    public void stopsListening() {
        gate.shut = true;
    }

    /** Accepts the writes that have been pending since it stopped. */
    public void takesWhatItWasTold() {
        gate.shut = false;
        gate.held.setSuccess();
    }

    public void tidyUp() {
        channel.finishAndReleaseAll();
    }

    private static final class Gate extends ChannelOutboundHandlerAdapter {
        private boolean shut;
        private ChannelPromise held;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (shut) {
                ((ByteBuf) message).release();
                held = promise;
            } else {
                ctx.write(message, promise);
            }
        }

        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
            ctx.close(promise);
            if (held != null) {
                held.tryFailure(new ClosedChannelException());
            }
        }
    }
}
