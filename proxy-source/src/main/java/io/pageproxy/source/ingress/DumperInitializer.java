package io.pageproxy.source.ingress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.timeout.IdleStateHandler;
import io.pageproxy.net.BlockReads;
import io.pageproxy.net.HandlerNames;
import io.pageproxy.pagestream.PageStreamParser;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The pipeline of a dumper's socket, which reads straight into blocks.
 *
 * <pre>
 *  socket - dumper-silence - dumper - session
 * </pre>
 */
public final class DumperInitializer extends ChannelInitializer<Channel> {
    private final int pageSizeBytes;
    private final int blockBytes;
    private final DumperListener listener;
    private final Consumer<Dumper> connected;
    private final Duration silence;

    /**
     * An initializer for one dumper.
     *
     * @param pageSizeBytes the host's page size
     * @param blockBytes how large a block is
     * @param listener hears what the dumper does
     * @param connected is given the hold on the dumper, before anything is read
     * @param silence how long the dumper may say nothing inside a run of pages
     */
    public DumperInitializer(
            int pageSizeBytes,
            int blockBytes,
            DumperListener listener,
            Consumer<Dumper> connected,
            Duration silence) {
        this.pageSizeBytes = pageSizeBytes;
        this.blockBytes = blockBytes;
        this.listener = listener;
        this.connected = connected;
        this.silence = silence;
    }

    @Override
    protected void initChannel(Channel channel) {
        BlockReads reads = new BlockReads(blockBytes);
        PageStreamParser parser = new PageStreamParser(pageSizeBytes);
        channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
        channel.pipeline()
                .addLast(
                        HandlerNames.DUMPER_SILENCE,
                        new IdleStateHandler(silence.toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                .addLast(HandlerNames.DUMPER, new DumperHandler(reads, parser, listener));
        connected.accept(new Dumper(channel, parser));
    }
}
