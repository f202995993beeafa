package io.pageproxy.control;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.http.HttpConnections;
import io.pageproxy.local.ListeningSocket;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.HandlerNames;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The HTTP server of {@code --control}, on a thread of its own. */
public final class ControlServer implements AutoCloseable {
    /** Maximum number of concurrent connections; further ones are closed unread. */
    static final int MAX_CONNECTIONS = 64;

    /** From the connection to the request, and from the response to the close. */
    static final Duration LIFETIME = Duration.ofSeconds(10);

    /** Events that wait for a slow client. */
    private static final WriteBufferWaterMark UNSENT = new WriteBufferWaterMark(16 << 10, 64 << 10);

    private static final int WORKERS = 2;
    private static final String OPTION = "--control";

    private final EventLoopGroup group;
    private final ThreadPoolExecutor workers;
    private final Channel server;

    private ControlServer(EventLoopGroup group, ThreadPoolExecutor workers, Channel server) {
        this.group = group;
        this.workers = workers;
        this.server = server;
    }

    /**
     * Opens the server; blocks.
     *
     * @param users who may connect
     * @param fault returns why no job can be taken, if so; must be cheap
     * @throws IOException if it cannot listen; the message names {@code --control}, the path and
     *     the reason
     */
    public static ControlServer open(
            Endpoint.UnixSocket address,
            LocalUsers users,
            Jobs jobs,
            Supplier<Optional<String>> fault)
            throws IOException, InterruptedException {
        return open(address, users, jobs, fault, LIFETIME);
    }

    static ControlServer open(
            Endpoint.UnixSocket address,
            LocalUsers users,
            Jobs jobs,
            Supplier<Optional<String>> fault,
            Duration lifetime)
            throws IOException, InterruptedException {
        EventLoopGroup group = EventLoops.create("control", 1);
        // Each connection has at most one task in the queue.
        ThreadPoolExecutor workers =
                new ThreadPoolExecutor(
                        WORKERS,
                        WORKERS,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(MAX_CONNECTIONS),
                        new DefaultThreadFactory("control-worker", true));
        try {
            ServerBootstrap bootstrap =
                    new ServerBootstrap()
                            .group(group)
                            .option(ChannelOption.SO_BACKLOG, MAX_CONNECTIONS)
                            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT)
                            .childHandler(
                                    new HttpConnections(
                                            users,
                                            new HttpConnections.Limits(
                                                    MAX_CONNECTIONS,
                                                    lifetime,
                                                    ControlHandler.MAX_LINE_BYTES,
                                                    ControlHandler.MAX_HEADERS_BYTES),
                                            HandlerNames.CONTROL,
                                            deadline ->
                                                    new ControlHandler(
                                                            jobs, fault, workers, deadline)));
            return new ControlServer(
                    group, workers, ListeningSocket.open(bootstrap, address, OPTION, users));
        } catch (IOException | InterruptedException | RuntimeException e) {
            end(group, workers);
            throw e;
        }
    }

    /** Stops it; clients that read events have received the last ones if they are not slow. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        end(group, workers);
    }

    private static void end(EventLoopGroup group, ThreadPoolExecutor workers) {
        workers.shutdown();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
