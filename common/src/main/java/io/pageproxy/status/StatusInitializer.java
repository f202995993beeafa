package io.pageproxy.status;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.tunnel.HandlerNames;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Assembles the pipeline of a status connection and limits the number of connections. All
 * connections share one event loop.
 *
 * <pre>
 *  socket - http - status
 * </pre>
 */
final class StatusInitializer extends ChannelInitializer<Channel> {
    /** Maximum number of concurrent connections; further ones are closed unread. */
    static final int MAX_CONNECTIONS = 16;

    /** Default maximum duration of a connection. */
    static final Duration LIFETIME = Duration.ofSeconds(10);

    private static final int READ_BYTES = 4 << 10;

    private final LocalUsers users;
    private final HostHeaderCheck names;
    private final StatusPages pages;
    private final Duration lifetime;
    private int connections;

    StatusInitializer(
            LocalUsers users, HostHeaderCheck names, StatusPages pages, Duration lifetime) {
        this.lifetime = lifetime;
        this.users = users;
        this.names = names;
        this.pages = pages;
    }

    /**
     * Returns whether the client's user is permitted. Only Unix sockets are checked; that needs no
     * descriptor and fails only if the client has already left.
     */
    private boolean admits(Channel channel) {
        try {
            return users.admits(channel);
        } catch (IOException gone) {
            return false;
        }
    }

    @Override
    protected void initChannel(Channel channel) {
        if (connections == MAX_CONNECTIONS || !admits(channel)) {
            channel.close();
            return;
        }
        connections++;
        ScheduledFuture<?> end =
                channel.eventLoop()
                        .schedule(
                                () -> channel.close(), lifetime.toMillis(), TimeUnit.MILLISECONDS);
        channel.closeFuture()
                .addListener(
                        closed -> {
                            connections--;
                            end.cancel(false);
                        });
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
        channel.pipeline()
                .addLast(
                        HandlerNames.HTTP,
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(StatusHandler.MAX_LINE_BYTES)
                                        .setMaxHeaderSize(StatusHandler.MAX_HEADERS_BYTES)
                                        .setMaxChunkSize(READ_BYTES)));
        channel.pipeline().addLast(HandlerNames.STATUS, new StatusHandler(names, pages));
    }
}
