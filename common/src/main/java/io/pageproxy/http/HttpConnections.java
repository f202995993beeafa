package io.pageproxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.tunnel.HandlerNames;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;

/**
 * Assembles the pipeline of HTTP connections and limits their number and duration. All connections
 * share one event loop.
 *
 * <pre>
 *  socket - http - handler
 * </pre>
 */
public final class HttpConnections extends ChannelInitializer<Channel> {
    private static final int READ_BYTES = 4 << 10;

    private final LocalUsers users;
    private final Limits limits;
    private final String name;
    private final Function<Deadline, ChannelHandler> handlers;
    private int connections;

    /**
     * Bounds of the connections.
     *
     * @param maxConnections further ones are closed unread
     * @param lifetime of a connection, unless its handler extends it
     * @param maxLineBytes of a request's first line
     * @param maxHeadersBytes of all its headers
     */
    public record Limits(
            int maxConnections, Duration lifetime, int maxLineBytes, int maxHeadersBytes) {}

    /**
     * @param users who may connect
     * @param name of the handler in the pipeline
     * @param handlers makes the handler of one connection
     */
    public HttpConnections(
            LocalUsers users,
            Limits limits,
            String name,
            Function<Deadline, ChannelHandler> handlers) {
        this.users = users;
        this.limits = limits;
        this.name = name;
        this.handlers = handlers;
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
        if (connections == limits.maxConnections() || !admits(channel)) {
            channel.close();
            return;
        }
        connections++;
        Deadline deadline = new Deadline(channel, limits.lifetime());
        channel.closeFuture()
                .addListener(
                        closed -> {
                            connections--;
                            deadline.stop();
                        });
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
        channel.pipeline()
                .addLast(
                        HandlerNames.HTTP,
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(limits.maxLineBytes())
                                        .setMaxHeaderSize(limits.maxHeadersBytes())
                                        .setMaxChunkSize(READ_BYTES)));
        channel.pipeline().addLast(name, handlers.apply(deadline));
    }
}
