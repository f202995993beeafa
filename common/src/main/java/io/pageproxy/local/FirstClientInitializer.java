package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;

/**
 * Accepts the first client of a permitted user and then closes the listening socket. Clients of
 * other users are disconnected while the socket stays open.
 */
final class FirstClientInitializer extends ChannelInitializer<Channel> {
    private final PeerCredentialCheck guard;
    private final ChannelHandler initializer;

    private boolean taken;

    /**
     * @param initializer assembles the pipeline of the accepted client
     */
    FirstClientInitializer(PeerCredentialCheck guard, ChannelHandler initializer) {
        this.guard = guard;
        this.initializer = initializer;
    }

    @Override
    protected void initChannel(Channel client) {
        if (taken) {
            PeerCredentialCheck.disconnect(client);
        } else if (guard.admits(client)) {
            taken = true;
            client.parent().close();
            client.pipeline().addLast(initializer);
        }
    }
}
