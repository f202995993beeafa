package io.pageproxy.tls;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pageproxy.peer.TlsFailure;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A server on loopback and clients of it, recording the outcome at each end. The server sends a
 * greeting after its handshake and then echoes. A client counts as connected when it has received
 * the greeting, because in TLS 1.3 that is its first evidence of the server's verdict.
 */
public final class TestHandshake implements AutoCloseable {
    private static final int SECONDS = 20;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<End> accepted = new LinkedBlockingQueue<>();
    private final Channel listener;

    public TestHandshake(Supplier<SslHandler> serverHandlers) {
        listener =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        End end = new End(channel, true);
                                        channel.pipeline().addLast("tls", serverHandlers.get());
                                        channel.pipeline().addLast(end);
                                        accepted.add(end);
                                    }
                                })
                        .bind("127.0.0.1", 0)
                        .syncUninterruptibly()
                        .channel();
    }

    public TestHandshake(SslContext server) {
        this(() -> server.newHandler(ByteBufAllocator.DEFAULT));
    }

    /** Connects to the host name 127.0.0.1. */
    public End connect(SslContext client) {
        return connect(client.newHandler(ByteBufAllocator.DEFAULT, "127.0.0.1", port()));
    }

    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    public End connect(SslHandler handler) {
        CompletableFuture<End> made = new CompletableFuture<>();
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                End end = new End(channel, false);
                                channel.pipeline().addLast("tls", handler);
                                channel.pipeline().addLast(end);
                                made.complete(end);
                            }
                        })
                .connect("127.0.0.1", port())
                .syncUninterruptibly();
        return made.join();
    }

    /** Returns the server's end of the oldest connection not yet returned. */
    public End accepted() throws InterruptedException {
        End end = accepted.poll(SECONDS, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("no connection came");
        }
        return end;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One end of a connection. */
    public static final class End extends SimpleChannelInboundHandler<ByteBuf> {
        private final Channel channel;
        private final boolean server;
        private final CompletableFuture<Void> up = new CompletableFuture<>();
        private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

        private End(Channel channel, boolean server) {
            this.channel = channel;
            this.server = server;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent done) {
                if (!done.isSuccess()) {
                    up.completeExceptionally(done.cause());
                } else if (server) {
                    up.complete(null);
                    var unused = ctx.writeAndFlush(text("hello"));
                }
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            if (server) {
                var unused = ctx.writeAndFlush(bytes.retain());
            } else if (!up.complete(null)) {
                received.add(bytes.toString(StandardCharsets.US_ASCII));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            up.completeExceptionally(cause);
            var unused = ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            up.completeExceptionally(new java.nio.channels.ClosedChannelException());
        }

        /** Waits until the connection is established. */
        public TlsSessionInfo session() throws Exception {
            up.get(SECONDS, TimeUnit.SECONDS);
            return TlsSessionInfo.of(tls());
        }

        /** Waits until the connection fails. */
        Throwable thrown() throws InterruptedException, TimeoutException {
            try {
                up.get(SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                return e.getCause();
            }
            throw new AssertionError("the connection came about");
        }

        public TlsFailure failure() throws InterruptedException, TimeoutException {
            return TlsFailures.describe(thrown());
        }

        /** Sends a text and returns the reply. */
        String echo(String word) throws InterruptedException {
            channel.writeAndFlush(text(word)).syncUninterruptibly();
            return received.poll(SECONDS, TimeUnit.SECONDS);
        }

        public SslHandler tls() {
            return channel.pipeline().get(SslHandler.class);
        }

        private static ByteBuf text(String word) {
            return Unpooled.copiedBuffer(word, StandardCharsets.US_ASCII);
        }
    }
}
