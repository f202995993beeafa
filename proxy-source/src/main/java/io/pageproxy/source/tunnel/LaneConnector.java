package io.pageproxy.source.tunnel;

import io.netty.channel.ChannelFuture;
import io.pageproxy.tunnel.TunnelListener;
import java.net.SocketAddress;

/** Makes further connections to where a session's first one goes. */
@FunctionalInterface
public interface LaneConnector {
    /**
     * Begins to connect; does not block.
     *
     * @param destination the address of the session's first connection
     * @param lane hears what happens on the connection, on its event loop
     * @return with the channel, which may be closed whether it is connected or not
     */
    ChannelFuture connect(SocketAddress destination, TunnelListener lane);
}
