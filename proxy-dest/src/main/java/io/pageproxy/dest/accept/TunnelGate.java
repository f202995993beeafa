package io.pageproxy.dest.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.pageproxy.local.PeerCredentialCheck;

/** Checks the user behind each connection to a Unix socket, and closes refused ones unread. */
@Sharable
final class TunnelGate extends ChannelInitializer<Channel> {
    private final PeerCredentialCheck guard;
    private final ChannelHandler initializer;

    /**
     * A gate in front of an initializer.
     *
     * @param initializer sets up the pipeline of an accepted connection
     */
    TunnelGate(PeerCredentialCheck guard, ChannelHandler initializer) {
        this.guard = guard;
        this.initializer = initializer;
    }

    @Override
    protected void initChannel(Channel connection) {
        if (guard.admits(connection)) {
            connection.pipeline().addLast(initializer);
        }
    }
}
