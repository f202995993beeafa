package io.pageproxy.dest.lazy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Daemons that the operator starts: each session listens on a plaintext page-server port of this
 * host, for {@code criu lazy-pages --page-server --address --port}. We do not learn their exit
 * status, so CLOSE is the only sign of their success.
 *
 * @param address where they connect; one session at a time
 * @param users the users that they may run as
 * @param version CRIU's version, as it reports itself
 * @param layout the record layout of that CRIU
 * @param onListening told where a session's daemon may connect from now on
 * @param onRefused told which user was refused, once for each
 */
public record ListenedDaemons(
        Endpoint address,
        LocalUsers users,
        String version,
        RecordLayout layout,
        Consumer<Endpoint> onListening,
        Consumer<String> onRefused)
        implements LazyDaemons {
    private static final LocalClient EXPECTED =
            new LocalClient("criu lazy-pages", "--lazy-listen", "--lazy-uid");

    @Override
    public LazyDaemon daemon(
            Optional<SessionName> session, EventLoop loop, LazyDaemonListener listener) {
        return new ListenedDaemon(this::open, onListening, loop, listener);
    }

    private LocalPort open(EventLoop loop, ChannelHandler initializer)
            throws IOException, InterruptedException {
        return LocalPort.open(address, EXPECTED, users, loop, initializer, onRefused);
    }
}
