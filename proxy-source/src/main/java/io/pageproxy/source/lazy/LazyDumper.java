package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;

/**
 * The connection to {@code criu dump --lazy-pages}. CRIU takes a clean end of the connection for
 * success and then kills the tasks. So the socket is reset whenever it is closed, by us or by the
 * kernel after our death, until {@link #endWell}. Used on its event loop.
 */
final class LazyDumper {
    private static final int RESET_WHEN_CLOSED = 0;
    private static final int END_WHEN_CLOSED = -1;

    private final Channel channel;

    LazyDumper(Channel channel) {
        this.channel = channel;
        linger(RESET_WHEN_CLOSED);
    }

    private void linger(int seconds) {
        if (channel instanceof SocketChannel && channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, seconds);
        }
    }

    Channel channel() {
        return channel;
    }

    /** Requests pages, with the next {@link #flush}. */
    void ask(PageRequest request, RecordLayout layout) {
        ByteBuf out = channel.alloc().directBuffer(RecordLayout.MAX_BYTES);
        request.write(layout, out);
        channel.write(out);
    }

    /** Sends what was requested. */
    void flush() {
        channel.flush();
    }

    /** Says that no more requests follow; CRIU answers with a status. */
    void sayClose(RecordLayout layout) {
        ByteBuf out = channel.alloc().directBuffer(RecordLayout.MAX_BYTES);
        layout.write(PageRecord.end(PageCommand.CLOSE), out);
        channel.writeAndFlush(out);
    }

    /** Reads on, or leaves data in the kernel, which slows CRIU down. */
    void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** Closes the connection cleanly, after the good status: CRIU then ends the tasks. */
    void endWell() {
        linger(END_WHEN_CLOSED);
        channel.close();
    }

    /** Lets CRIU fail: its tasks go on. */
    void reset() {
        channel.close();
    }
}
