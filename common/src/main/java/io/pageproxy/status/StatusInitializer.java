package io.pageproxy.status;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.HandlerNames;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The pipeline of a connection that asks for the status, and how many of them there may be. All run
 * on one event loop.
 *
 * <pre>
 *  socket - http - status
 * </pre>
 */
final class StatusInitializer extends ChannelInitializer<Channel> {
    /** So many at a time; more are closed unread. */
    static final int MOST_CONNECTIONS = 16;

    /** So long a connection may take from its begin to its end, unless told. */
    static final Duration LIFETIME = Duration.ofSeconds(10);

    static final int MAX_LINE_BYTES = 2 << 10;
    static final int MAX_HEADERS_BYTES = 8 << 10;
    private static final int READ_BYTES = 4 << 10;

    private final LocalUsers users;
    private final HostNames names;
    private final StatusPages pages;
    private final Duration lifetime;
    private int connections;

    StatusInitializer(LocalUsers users, HostNames names, StatusPages pages, Duration lifetime) {
        this.lifetime = lifetime;
        this.users = users;
        this.names = names;
        this.pages = pages;
    }

    /** At a Unix socket only; asking there takes no descriptor, so that it fails for one gone. */
    private boolean admits(Channel channel) {
        try {
            return users.admits(channel);
        } catch (IOException gone) {
            return false;
        }
    }

    @Override
    protected void initChannel(Channel channel) {
        if (connections == MOST_CONNECTIONS || !admits(channel)) {
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
                                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                                        .setMaxHeaderSize(MAX_HEADERS_BYTES)
                                        .setMaxChunkSize(READ_BYTES)));
        channel.pipeline().addLast(HandlerNames.STATUS, new StatusHandler(names, pages));
    }
}
