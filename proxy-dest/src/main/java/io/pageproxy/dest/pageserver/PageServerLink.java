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
 * The connection to the page server of one session. The stream to it passes through a {@link
 * PageStreamTranslator}; a reply from it is accepted only if the dumper awaits one. To be used on
 * the session's event loop.
 */
public final class PageServerLink {
    private final Channel channel;
    private final ChannelFuture adopted;
    private PageStreamTranslator translator;
    private boolean closeSent;

    /**
     * Takes over our end of the page server's socket.
     *
     * @param descriptor owned by this object from now on, even if the constructor fails
     */
    public PageServerLink(int descriptor, EventLoop loop, PageServerListener listener) {
        adopted = AdoptedSockets.adopt(descriptor, loop, new PageServerInitializer(listener));
        channel = adopted.channel();
    }

    /** Completes when the page server can be written to. */
    public ChannelFuture up() {
        return adopted;
    }

    /**
     * Starts the stream, since a dumper has connected.
     *
     * @param records receives each record of the stream
     */
    public void open(
            int pageSizeBytes, RecordLayout from, RecordLayout to, Consumer<PageRecord> records) {
        translator = new PageStreamTranslator(pageSizeBytes, from, to, records);
    }

    /**
     * Sends a piece of the plain stream and takes ownership of it.
     *
     * @return whether more may be sent now; if not, {@link PageServerListener#onPageServerWritable}
     *     reports when
     */
    public boolean send(ByteBuf raw) {
        channel.writeAndFlush(translator.take(raw, channel.alloc()));
        return channel.isWritable();
    }

    /** Sends the CLOSE that was held back. */
    public void sendClose() {
        closeSent = true;
        channel.writeAndFlush(translator.close(channel.alloc()));
    }

    /** Whether the dumper has sent CLOSE. */
    public boolean streamEnded() {
        return translator.ended();
    }

    /** What the stream has carried so far. */
    public StreamTotals totals() {
        return translator == null ? StreamTotals.NONE : translator.totals();
    }

    /**
     * Reads a reply of the page server that the dumper awaits.
     *
     * @throws SessionException PAGE_SERVER_FAILED if the dumper awaits no reply, or one of another
     *     length; a status is not accepted either, since CLOSE has not been sent yet
     */
    public Answer answer(ByteBuf in) {
        PageCommand asked = translator.awaitingAnswerTo();
        int bytes = in.readableBytes();
        if (asked == null || asked.endsStream() || asked.answerBytes() != bytes) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "the page server answered "
                            + bytes
                            + " bytes to "
                            + (asked == null ? "nothing" : asked));
        }
        translator.answered();
        return new Answer(bytes, bytes == Integer.BYTES ? in.readIntLE() : in.readByte());
    }

    /**
     * Whether the page server has something to do: to reply, to exit after CLOSE, or to read data
     * that has been sent to it.
     */
    public boolean isAwaited() {
        if (translator == null) {
            return false;
        }
        PageCommand asked = translator.awaitingAnswerTo();
        boolean answerDue = asked != null && !asked.endsStream();
        return closeSent || answerDue || waitingBytes() > 0 || !channel.isOpen();
    }

    /** Number of bytes that it has not read yet. */
    public long waitingBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /**
     * Completes when the socket is closed and everything that the page server sent has been read.
     */
    public ChannelFuture closed() {
        return channel.closeFuture();
    }

    /** Closes our end; a page server in mid-stream then fails and exits. */
    public void close() {
        channel.close();
    }
}
