package io.pageproxy.source.dumper;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.BlockReads;

/**
 * The connection to a session's dumper. What the dumper receives decides whether CRIU kills the
 * tasks at the source, so this class can only send it an answer, success or failure. Used on its
 * event loop.
 */
public final class Dumper {
    private static final int STATUS_GOOD = 0;
    private static final int STATUS_FAILED = -1;

    private final Channel channel;
    private final BlockReads reads;
    private final PageStreamParser parser;
    private boolean toldGood;

    Dumper(Channel channel, BlockReads reads, PageStreamParser parser) {
        this.channel = channel;
        this.reads = reads;
        this.parser = parser;
    }

    Channel channel() {
        return channel;
    }

    BlockReads reads() {
        return reads;
    }

    PageStreamParser parser() {
        return parser;
    }

    /** What the stream has carried so far. */
    public StreamTotals totals() {
        return parser.totals();
    }

    /** Reads on, or leaves data in the kernel, which slows the dumper down. */
    public void setReading(boolean reading) {
        if (channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    /**
     * Forwards an answer of the page server.
     *
     * @throws SessionException if the dumper does not await such an answer
     */
    public void answer(Answer answer) {
        PageCommand asked = parser.awaitingAnswerTo();
        if (asked == null || asked.endsStream() || asked.answerBytes() != answer.bytes()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "an answer of "
                            + answer.bytes()
                            + " bytes came, but the dumper awaits "
                            + (asked == null ? "none" : "one to " + asked));
        }
        parser.answered();
        ByteBuf out = channel.alloc().directBuffer(Integer.BYTES);
        if (answer.bytes() == Integer.BYTES) {
            out.writeIntLE(answer.value());
        } else {
            out.writeByte(answer.value());
        }
        channel.writeAndFlush(out);
    }

    /**
     * Tells the dumper that its CLOSE is good: CRIU may now kill the tasks.
     *
     * @return completes when the kernel has taken the status, or cannot
     */
    public ChannelFuture tellGood() {
        toldGood = true;
        return channel.writeAndFlush(status(STATUS_GOOD));
    }

    /**
     * Makes the dumper fail, whatever it is doing, so that its tasks run on. A dumper that awaits
     * the final status gets a bad one; otherwise its socket is reset.
     */
    public void fail() {
        PageCommand asked = parser.awaitingAnswerTo();
        // The dumper would not read a bad status behind a good one that is still unsent.
        if (channel.isOpen() && asked != null && asked.endsStream() && !toldGood) {
            channel.writeAndFlush(status(STATUS_FAILED)).addListener(ChannelFutureListener.CLOSE);
        } else {
            disconnect();
        }
    }

    /** Resets the socket, or closes it if it is not TCP. */
    void disconnect() {
        // A closed socket takes no options.
        if (channel instanceof SocketChannel && channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    /** Closes the socket after the good status. */
    public ChannelFuture close() {
        return channel.close();
    }

    private ByteBuf status(int value) {
        return channel.alloc().directBuffer(Integer.BYTES).writeIntLE(value);
    }
}
