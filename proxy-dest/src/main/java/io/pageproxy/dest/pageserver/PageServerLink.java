package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.function.Consumer;

/**
 * The session's hold on its page server: what goes to it passes the {@link PageStreamTranslator},
 * what comes from it must have been asked for. To be used on the session's event loop.
 */
public final class PageServerLink {
    private final Channel channel;
    private final ChannelFuture adopted;
    private PageStreamTranslator feed;
    private boolean closeSent;

    /**
     * Takes over our end of the page server's socket.
     *
     * @param descriptor passes to this, whatever comes
     */
    public PageServerLink(int descriptor, EventLoop loop, PageServerListener listener) {
        adopted = AdoptedSockets.adopt(descriptor, loop, new PageServerInitializer(listener));
        channel = adopted.channel();
    }

    /** Completes when the page server can be spoken to. */
    public ChannelFuture up() {
        return adopted;
    }

    /**
     * A dumper has come.
     *
     * @param records hears of each record that passes
     */
    public void open(
            int pageSizeBytes, RecordLayout from, RecordLayout to, Consumer<PageRecord> records) {
        feed = new PageStreamTranslator(pageSizeBytes, from, to, records);
    }

    /**
     * Sends a piece of the plain stream on its way; ownership passes.
     *
     * @return whether the page server keeps up; where not, {@link
     *     PageServerListener#onPageServerWritable} will say when
     */
    public boolean send(ByteBuf raw) {
        channel.writeAndFlush(feed.take(raw, channel.alloc()));
        return channel.isWritable();
    }

    /** Lets the page server hear the CLOSE that was kept back. */
    public void sendClose() {
        closeSent = true;
        channel.writeAndFlush(feed.close(channel.alloc()));
    }

    /** Whether the dumper has said CLOSE. */
    public boolean streamEnded() {
        return feed.ended();
    }

    /** What the stream has carried so far. */
    public StreamTotals totals() {
        return feed == null ? StreamTotals.NONE : feed.totals();
    }

    /**
     * Reads the answer that the dumper awaits.
     *
     * @throws SessionException PAGE_SERVER_FAILED where none was asked for, or not of that length:
     *     the status of CLOSE is none, since CLOSE has not been handed on yet
     */
    public Answer answer(ByteBuf in) {
        PageCommand asked = feed.awaitingAnswerTo();
        int bytes = in.readableBytes();
        if (asked == null || asked.endsStream() || asked.answerBytes() != bytes) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "the page server answered "
                            + bytes
                            + " bytes to "
                            + (asked == null ? "nothing" : asked));
        }
        feed.answered();
        return new Answer(bytes, bytes == Integer.BYTES ? in.readIntLE() : in.readByte());
    }

    /**
     * Whether anything is expected of the page server: an answer, its end after CLOSE, or that it
     * takes what waits for it.
     */
    public boolean isAwaited() {
        if (feed == null) {
            return false;
        }
        PageCommand asked = feed.awaitingAnswerTo();
        boolean answerDue = asked != null && !asked.endsStream();
        return closeSent || answerDue || waitingBytes() > 0 || !channel.isOpen();
    }

    /** How many bytes it has not taken yet. */
    public long waitingBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Completes when the socket is closed and all that the page server said has been heard. */
    public ChannelFuture closed() {
        return channel.closeFuture();
    }

    /** Closes our end; a page server in mid stream then fails and ends. */
    public void close() {
        channel.close();
    }
}
