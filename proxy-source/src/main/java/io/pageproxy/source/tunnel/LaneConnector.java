package io.pageproxy.source.tunnel;

import io.netty.channel.ChannelFuture;
import io.pageproxy.tunnel.TunnelListener;
import java.net.SocketAddress;

/** Connects further lanes of a session. */
@FunctionalInterface
public interface LaneConnector {
    /**
     * Begins to connect; does not block.
     *
     * @param destination the address of the session's first connection
     * @param lane receives the events of the connection on its event loop
     * @return holds the channel, which may be closed even before it is connected
     */
    ChannelFuture connect(SocketAddress destination, TunnelListener lane);
}
