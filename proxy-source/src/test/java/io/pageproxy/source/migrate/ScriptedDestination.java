package io.pageproxy.source.migrate;

import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.Frame.TurnLazy;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.migrate.commit.CommitConnection;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A destination that answers every request immediately unless the test withholds the answer, over
 * Netty's local transport without TLS. It records the frames that it receives.
 */
final class ScriptedDestination implements Dialer {
    static final long PID = 258;

    /** Short: a lazy migration that cannot reach us waits for this long and another 5 s. */
    private static final long PEER_TIMEOUT_MILLIS = 100;

    private static final String TOKEN = "0123456789abcdef".repeat(4);

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final LocalAddress address = new LocalAddress(ScriptedDestination.class);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<ChannelPromise> stalledBlocks = new ArrayList<>();
    private volatile Class<? extends Frame> withheld =
            Abort.class; // Requests that are not answered.
    private volatile Function<Recommit, Optional<Frame>> onRecommit =
            again -> Optional.of(new Committed(OptionalLong.of(PID), 0));
    private volatile Error dialFault;
    private volatile boolean refuses;
    private volatile boolean old;
    private volatile String lastRound;
    private volatile boolean stallsBlocks;
    private volatile boolean outOfMemory;
    private volatile Channel first;
    private volatile Channel firstAccepted;
    private volatile Channel lastAccepted;
    private volatile TunnelListener firstListener;

    ScriptedDestination() {
        new ServerBootstrap()
                .group(group)
                .channel(LocalServerChannel.class)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel accepted) {
                                lastAccepted = accepted;
                                if (firstAccepted == null) {
                                    firstAccepted = accepted;
                                }
                                accepted.pipeline()
                                        .addLast(
                                                new FrameDecoder(),
                                                new FrameEncoder(),
                                                new Answers());
                            }
                        })
                .bind(address)
                .syncUninterruptibly();
    }

    // ---- what it does

    /** Withholds the answers to frames of that class. */
    void withhold(Class<? extends Frame> request) {
        withheld = request;
    }

    /** Stops accepting blocks. */
    void stallBlocks() {
        stallsBlocks = true;
    }

    /** Sets the answer to RECOMMIT; empty for no answer. */
    void answerRecommit(Function<Recommit, Optional<Frame>> answer) {
        onRecommit = answer;
    }

    /** Refuses all new connections. */
    void refuse() {
        refuses = true;
    }

    /** Makes every dial attempt throw that error. */
    void failDialling(Error fault) {
        dialFault = fault;
    }

    /** Makes the allocation of a block for the files fail. */
    void exhaustMemory() {
        outOfMemory = true;
    }

    /** Sends a withheld answer on the first connection. */
    void answer(Frame answer) {
        group.next().execute(() -> firstAccepted.writeAndFlush(answer));
    }

    /** Sends a withheld answer on the newest connection. */
    void answerLast(Frame answer) {
        group.next().execute(() -> lastAccepted.writeAndFlush(answer));
    }

    /** Accepts the stalled blocks. */
    void releaseBlocks() {
        stallsBlocks = false;
        group.next()
                .submit(
                        () -> {
                            setWritable(first, true);
                            stalledBlocks.forEach(ChannelPromise::trySuccess);
                        })
                .syncUninterruptibly();
    }

    /** Cuts the first connection. */
    void cut() {
        firstAccepted.close();
        awaitFailed();
    }

    /** Makes the source detect that the first connection is silent. */
    void fallSilent() {
        group.next()
                .execute(
                        () ->
                                firstListener.onTunnelFailure(
                                        CloseReason.PEER_SILENT, "the peer fell silent"));
        awaitFailed();
    }

    /** Ends the first connection with that reason. */
    void abort(CloseReason reason) {
        answer(new Abort(reason, "told by the destination", Optional.empty()));
        awaitFailed();
    }

    private void awaitFailed() {
        ((CommitConnection) firstListener).failed().orTimeout(10, TimeUnit.SECONDS).join();
    }

    // ---- what it has received

    /** The control frames received on all connections, except those of single files. */
    String heard() {
        return String.join(" ", heard);
    }

    void awaitHeard(Class<? extends Frame> request) {
        await().until(() -> heard.contains(request.getSimpleName()));
    }

    void awaitStalled() {
        await().until(() -> group.next().submit(() -> !stalledBlocks.isEmpty()).get());
    }

    private final class Answers extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Frame.Block block) {
                block.content().release();
            } else if (!(message instanceof Frame.File || message instanceof Frame.FileEnd)) {
                heard.add(
                        message instanceof Abort abort
                                ? "Abort(" + abort.reason().label() + ")"
                                : message.getClass().getSimpleName());
                if (!withheld.isInstance(message)) {
                    answerTo((Frame) message).ifPresent(ctx::writeAndFlush);
                }
            }
        }
    }

    /** Makes it one that knows neither containers nor rounds before lazy pages. */
    void isOld() {
        old = true;
    }

    private Optional<Frame> answerTo(Frame request) {
        if (request instanceof Recommit again) {
            return onRecommit.apply(again);
        }
        if (request instanceof TurnLazy turn) {
            lastRound = turn.parent();
            return Optional.of(attached(false, true));
        }
        return Optional.ofNullable(
                request instanceof Attach attach
                        ? attached(!old && attach.container().isPresent(), !old)
                        : request instanceof FilesEnd
                                ? staged()
                                : request instanceof Commit ? committed() : null);
    }

    /** The session that the last TurnLazy has named. */
    String lastRound() {
        return lastRound;
    }

    static Frame attached(boolean container) {
        return attached(container, true);
    }

    private static Frame attached(boolean container, boolean turnsLazy) {
        return new Attached(
                "dest", PEER_TIMEOUT_MILLIS, TOKEN, container, false, turnsLazy, turnsLazy);
    }

    static Frame staged() {
        return new Staged(0.001, 0.5);
    }

    static Frame committed() {
        return new Committed(OptionalLong.of(PID), 0);
    }

    // ---- the source's end of its connections

    @Override
    public void dial(TunnelListener listener, Duration timeout) throws InterruptedException {
        if (dialFault != null) {
            throw dialFault;
        }
        if (refuses) {
            throw new SessionException(CloseReason.UNREACHABLE, "refused");
        }
        Channel channel =
                new Bootstrap()
                        .group(group)
                        .channel(LocalChannel.class)
                        .option(ChannelOption.ALLOCATOR, new ExhaustibleAllocator())
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel made) {
                                        made.pipeline()
                                                .addLast(
                                                        new WireCounter(),
                                                        new FrameDecoder(),
                                                        new FrameEncoder(),
                                                        new KeepaliveHandler(60_000),
                                                        new Stall(),
                                                        new Events(listener));
                                    }
                                })
                        .connect(address)
                        .sync()
                        .channel();
        if (first == null) {
            first = channel;
            firstListener = listener;
        }
        PeerIdentity dest = new PeerIdentity("dest", "", PeerNames.NONE);
        Tunnel tunnel = new Tunnel(channel, new TlsSessionInfo("", "", "", dest));
        channel.eventLoop()
                .execute(
                        () -> {
                            setWritable(channel, !stallsBlocks);
                            listener.onTunnelUp(tunnel);
                        });
    }

    private static void setWritable(Channel channel, boolean writable) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    }

    /** Accepts blocks without completing their futures. */
    private final class Stall extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise sent) {
            if (stallsBlocks && message instanceof ByteBuf block) {
                stalledBlocks.add(sent);
                ctx.write(block);
            } else {
                ctx.write(message, sent);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            stalledBlocks.forEach(sent -> sent.tryFailure(new IllegalStateException("closed")));
        }
    }

    private static final class Events extends ChannelInboundHandlerAdapter {
        private final TunnelListener listener;

        Events(TunnelListener listener) {
            this.listener = listener;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            listener.onFrame((Frame) message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            listener.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
        }
    }

    private final class ExhaustibleAllocator extends AbstractByteBufAllocator {
        ExhaustibleAllocator() {
            super(true);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (outOfMemory && Thread.currentThread().getName().equals("files")) {
                throw new OutOfMemoryError("no direct memory");
            }
            return UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
