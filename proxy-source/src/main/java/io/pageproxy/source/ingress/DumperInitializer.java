package io.pageproxy.source.ingress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.pageproxy.net.BlockReads;
import io.pageproxy.net.HandlerNames;
import io.pageproxy.pagestream.PageStreamParser;
import java.util.function.Predicate;

/**
 * The pipeline of a dumper's socket, which reads straight into blocks.
 *
 * <pre>
 *  socket - dumper - session
 * </pre>
 */
public final class DumperInitializer extends ChannelInitializer<Channel> {
    private final int pageSizeBytes;
    private final int blockBytes;
    private final DumperListener listener;
    private final Predicate<Dumper> admission;

    /**
     * An initializer for one dumper.
     *
     * @param pageSizeBytes the host's page size
     * @param blockBytes how large a block is
     * @param listener hears what the dumper does
     * @param admission is given the hold on the dumper, before anything is read, and says whether
     *     it may stay; where not, it fails and nothing is heard of it
     */
    public DumperInitializer(
            int pageSizeBytes,
            int blockBytes,
            DumperListener listener,
            Predicate<Dumper> admission) {
        this.pageSizeBytes = pageSizeBytes;
        this.blockBytes = blockBytes;
        this.listener = listener;
        this.admission = admission;
    }

    @Override
    protected void initChannel(Channel channel) {
        BlockReads reads = new BlockReads(blockBytes);
        PageStreamParser parser = new PageStreamParser(pageSizeBytes);
        channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
        Dumper dumper = new Dumper(channel, parser);
        if (admission.test(dumper)) {
            channel.pipeline()
                    .addLast(HandlerNames.DUMPER, new DumperHandler(reads, parser, listener));
        } else {
            dumper.fail();
        }
    }
}
