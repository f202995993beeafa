package io.pageproxy.source.dumper;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.tunnel.BlockReads;
import java.util.Optional;

/**
 * Parses the dumper's stream and cuts it into blocks. No block ends inside a record or a page. A
 * block leaves when it is full, or when the dumper pauses: it may be waiting for an answer.
 */
final class DumperHandler extends ChannelInboundHandlerAdapter {
    private final BlockReads reads;
    private final PageStreamParser parser;
    private final PageRuns runs;
    private final PageStreamListener parsed;
    private final DumperListener listener;
    private int parsedBytes;
    private boolean opened;
    private boolean over;

    DumperHandler(
            BlockReads reads,
            PageStreamParser parser,
            PageRuns runs,
            Optional<PageStreamListener> observer,
            DumperListener listener) {
        this.reads = reads;
        this.parser = parser;
        this.runs = runs;
        this.parsed = observer.<PageStreamListener>map(this::both).orElse(runs);
        this.listener = listener;
    }

    private PageStreamListener both(PageStreamListener observer) {
        return new PageStreamListener() {
            @Override
            public void onRecord(PageRecord page) {
                runs.onRecord(page);
                observer.onRecord(page);
            }

            @Override
            public void onPages(ByteBuf in, int index, int lengthBytes) {
                runs.onPages(in, index, lengthBytes);
                observer.onPages(in, index, lengthBytes);
            }
        };
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ((ByteBuf) message).release();
        if (over) {
            reads.release();
            return;
        }
        try {
            parse(reads.block());
        } catch (PageStreamException e) {
            over = true;
            reads.release();
            if (parser.endedBeforeFirstImage()) {
                listener.onDumpFailed();
            } else {
                listener.onDumperBroke(e.getMessage());
            }
            return;
        }
        if (reads.isFull()) {
            takeBlock(ctx);
        }
    }

    private void parse(ByteBuf block) {
        int start = block.readerIndex();
        block.readerIndex(start + parsedBytes);
        try {
            parser.parse(block, parsed);
        } finally {
            parsedBytes = block.readerIndex() - start;
            block.readerIndex(start);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!over && parsedBytes > runs.partialBytes()) {
            takeBlock(ctx);
        }
    }

    private void takeBlock(ChannelHandlerContext ctx) {
        if (!opened) {
            opened = true;
            listener.onStreamOpen(parser.layout());
        }
        ByteBuf block = reads.block();
        int partialBytes = runs.partialBytes();
        int endIndex = block.readerIndex() + parsedBytes - partialBytes;
        ByteBuf taken = reads.take(ctx.alloc(), endIndex);
        parsedBytes = partialBytes;
        runs.endBlock(partialBytes);
        listener.onBlock(taken, runs);
        runs.beginBlock(FrameLayout.BLOCK_HEADER_BYTES, partialBytes);
        if (parser.ended()) {
            listener.onStreamEnd();
        }
    }

    /**
     * A dumper that fails inside a run of pages sends CLOSE there, where it reads as a page, and
     * waits forever with its tasks frozen. Between runs silence has no limit.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent
                && !over
                && parser.insidePages()
                && ctx.channel().config().isAutoRead()) {
            over = true;
            listener.onDumperBroke(
                    "the dumper fell silent inside a run of pages; its own messages say why");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!over) {
            listener.onDumperGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        over = true;
        reads.release();
    }
}
