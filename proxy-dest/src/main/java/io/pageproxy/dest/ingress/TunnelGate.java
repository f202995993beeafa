package io.pageproxy.dest.ingress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.pageproxy.local.PeerCredentialCheck;

/** Lets connections to a Unix socket in whose user may come; the others are cut off unread. */
@Sharable
final class TunnelGate extends ChannelInitializer<Channel> {
    private final PeerCredentialCheck guard;
    private final ChannelHandler initializer;

    /**
     * @param initializer gives a connection its pipeline
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
