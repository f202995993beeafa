package io.pageproxy.source.migrate;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.TunnelInitializer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.egress.DestinationDialer;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a migration goes: makes its connections besides those of the pages. */
final class Destination implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Destination.class);

    private final SourceConfig config;
    private final Function<Channel, SslHandler> tls;
    private final EventLoopGroup group = EventLoops.create("files", 1);

    /**
     * The one of that configuration.
     *
     * @param tls makes the TLS handler of one connection
     */
    Destination(SourceConfig config, Function<Channel, SslHandler> tls) {
        this.config = config;
        this.tls = tls;
    }

    /** The connection for the files; it has not been made yet, and can be given up already. */
    FilesSession files(boolean restore, boolean lazy) {
        long peerTimeoutMillis = config.timeouts().peer().toMillis();
        return new FilesSession(
                new Attach(config.agent(), config.session(), restore, lazy, peerTimeoutMillis));
    }

    /**
     * Makes that connection; blocks until the destination has accepted it, or it has failed, or
     * been given up. Connecting is for a thread of its own, since nothing would wake us up from it.
     */
    void attach(FilesSession files) {
        Thread dialling = new Thread(() -> dial(files), "dial");
        dialling.setDaemon(true);
        dialling.start();
        try {
            files.attached().join();
        } catch (CompletionException e) {
            LOG.debug("the destination refuses, or it is given up", e);
        }
    }

    private void dial(FilesSession files) {
        Duration patience = config.timeouts().handshake();
        try {
            if (files.failed().isDone()) {
                return;
            }
            dial(files, patience);
            files.attached().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (SessionException e) {
            files.fail(e.reason(), e.getMessage());
        } catch (ExecutionException e) {
            LOG.debug("the destination refuses", e);
        } catch (TimeoutException e) {
            files.fail(
                    CloseReason.PEER_SILENT,
                    "the destination did not answer within --handshake-timeout "
                            + patience.toSeconds()
                            + "s");
        } catch (InterruptedException | RuntimeException | Error e) {
            files.fail(CloseReason.LOCAL_FAILURE, "the destination cannot be dialled: " + e);
        }
    }

    /** Makes a connection; blocks until TLS is under way, for so long at most. */
    void dial(CommitConnection listener, Duration patience) throws InterruptedException {
        new DestinationDialer(config.connect(), patience)
                .dial(
                        group.next(),
                        new TunnelInitializer(
                                tls, channel -> listener, config.timeouts().peer().toMillis()));
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
