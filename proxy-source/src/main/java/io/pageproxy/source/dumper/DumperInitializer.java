package io.pageproxy.source.dumper;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.timeout.IdleStateHandler;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.tunnel.BlockReads;
import io.pageproxy.tunnel.HandlerNames;
import io.pageproxy.tunnel.ReceiveWindow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Assembles the pipeline of a dumper's socket, which is read directly into blocks.
 *
 * <pre>
 *  socket - dumper-silence - dumper - session
 * </pre>
 */
public final class DumperInitializer extends ChannelInitializer<Channel> {
    /** Lets the dumper write while a block is read and encoded. */
    private static final int WINDOW_BLOCKS = 2;

    private final int pageSizeBytes;
    private final long firstPage;
    private final int blockBytes;
    private final DumperListener listener;
    private final Predicate<Dumper> admission;
    private final Duration silence;
    private final Optional<PageStreamListener> observer;

    /**
     * An initializer for one dumper.
     *
     * @param pageSizeBytes the host's page size
     * @param firstPage the number of the stream's first page
     * @param blockBytes the size of a block
     * @param listener receives the events of the dumper
     * @param admission decides, before anything is read, whether the dumper may stay; if not, the
     *     dumper fails and the listener receives no events
     * @param silence how long the dumper may pause inside a run of pages
     * @param observer sees the page stream too
     */
    public DumperInitializer(
            int pageSizeBytes,
            long firstPage,
            int blockBytes,
            DumperListener listener,
            Predicate<Dumper> admission,
            Duration silence,
            Optional<PageStreamListener> observer) {
        this.pageSizeBytes = pageSizeBytes;
        this.firstPage = firstPage;
        this.blockBytes = blockBytes;
        this.listener = listener;
        this.admission = admission;
        this.silence = silence;
        this.observer = observer;
    }

    @Override
    protected void initChannel(Channel channel) {
        BlockReads reads = new BlockReads(blockBytes);
        channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
        Dumper dumper = dumper(channel, reads);
        if (admits(dumper)) {
            ReceiveWindow.open(channel, WINDOW_BLOCKS * blockBytes);
            follow(dumper);
        } else {
            dumper.fail();
        }
    }

    /** A dumper whose events the session does not receive yet. */
    Dumper dumper(Channel channel, BlockReads reads) {
        return new Dumper(channel, reads, new PageStreamParser(pageSizeBytes));
    }

    /** Whether the dumper may stay; if so, it is the session's from now on. */
    boolean admits(Dumper dumper) {
        return admission.test(dumper);
    }

    /** Forwards the events of the dumper to the session. */
    void follow(Dumper dumper) {
        dumper.channel()
                .pipeline()
                .addLast(
                        HandlerNames.DUMPER_SILENCE,
                        new IdleStateHandler(silence.toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                .addLast(
                        HandlerNames.DUMPER,
                        new DumperHandler(
                                dumper.reads(),
                                dumper.parser(),
                                new PageRuns(pageSizeBytes, firstPage),
                                observer,
                                listener));
    }

    /** The session's dumper has left before its events were forwarded. */
    void onGone() {
        listener.onDumperGone();
    }
}
