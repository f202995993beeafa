package io.pageproxy.status;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.http.HttpConnections;
import io.pageproxy.local.ListeningSocket;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.HandlerNames;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of the status, on a thread of its own. */
final class StatusServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusServer.class);
    private static final String OPTION = "--status";

    /** Maximum number of concurrent connections; further ones are closed unread. */
    static final int MAX_CONNECTIONS = 16;

    /** Default maximum duration of a connection. */
    static final Duration LIFETIME = Duration.ofSeconds(10);

    private final EventLoopGroup group;
    private final Channel server;

    private StatusServer(EventLoopGroup group, Channel server) {
        this.group = group;
        this.server = server;
    }

    /**
     * Opens the server; blocks.
     *
     * @param lifetime maximum duration of a connection
     * @throws IOException if it cannot listen; the message names {@code --status}, the address and
     *     the reason
     */
    static StatusServer open(Endpoint address, StatusPages pages, Duration lifetime)
            throws IOException, InterruptedException {
        if (!address.isLocal()) {
            LOG.warn(
                    "--status {}: everybody who reaches it can read it without authentication;"
                            + " 127.0.0.1:PORT restricts it to this host, unix:PATH to this user",
                    address);
        }
        LocalUsers users =
                address instanceof Endpoint.UnixSocket
                        ? LocalUsers.ownOrRoot()
                        : LocalUsers.anybody();
        EventLoopGroup group = EventLoops.create("status", 1);
        try {
            ServerBootstrap bootstrap =
                    new ServerBootstrap()
                            .group(group)
                            .option(ChannelOption.SO_BACKLOG, MAX_CONNECTIONS)
                            .childHandler(
                                    connections(
                                            users, new HostHeaderCheck(address), pages, lifetime));
            return new StatusServer(group, ListeningSocket.open(bootstrap, address, OPTION, users));
        } catch (IOException | InterruptedException | RuntimeException e) {
            end(group);
            throw e;
        }
    }

    private static HttpConnections connections(
            LocalUsers users, HostHeaderCheck names, StatusPages pages, Duration lifetime) {
        return new HttpConnections(
                users,
                new HttpConnections.Limits(
                        MAX_CONNECTIONS,
                        lifetime,
                        StatusHandler.MAX_LINE_BYTES,
                        StatusHandler.MAX_HEADERS_BYTES),
                HandlerNames.STATUS,
                deadline -> new StatusHandler(names, pages));
    }

    /** The address with the actual port. */
    Endpoint address() {
        return ListeningSocket.addressOf(server);
    }

    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        end(group);
    }

    private static void end(EventLoopGroup group) {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
