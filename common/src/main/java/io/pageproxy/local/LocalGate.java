package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;

/**
 * Lets the first client of a user who may in, and closes the port behind it. Everybody else is cut
 * off, and the port stays open.
 */
final class LocalGate extends ChannelInitializer<Channel> {
    private final LocalGuard guard;
    private final ChannelHandler initializer;

    private boolean taken;

    /**
     * @param initializer gives the client's socket its pipeline
     */
    LocalGate(LocalGuard guard, ChannelHandler initializer) {
        this.guard = guard;
        this.initializer = initializer;
    }

    @Override
    protected void initChannel(Channel client) {
        if (taken) {
            LocalGuard.cutOff(client);
        } else if (guard.admits(client)) {
            taken = true;
            client.parent().close();
            client.pipeline().addLast(initializer);
        }
    }
}
