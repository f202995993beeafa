package io.pageproxy.cli.check;

import io.netty.channel.EventLoopGroup;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.dest.DestObserver;
import io.pageproxy.dest.DestProxy;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsHandlers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A real destination with {@code --once} that must not start a page server. */
final class RunningDest implements AutoCloseable, DestObserver {
    final List<String> probed = new CopyOnWriteArrayList<>();
    final List<SessionReport> sessions = new CopyOnWriteArrayList<>();
    final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final CompletableFuture<Endpoint> address = new CompletableFuture<>();
    private final DestProxy proxy;

    RunningDest(TlsFiles files, String allowedDns, Path imagesDir, HostFacts host, Endpoint listen)
            throws Exception {
        PeerPolicy policy = new PeerPolicy(Set.of(allowedDns), Set.of(), Set.of(), Set.of(), false);
        TlsHandlers tls =
                new TlsHandlers(
                        ReloadingTlsContexts.server(files, false, policy),
                        Timeouts.DEFAULT.handshake());
        DestConfig config =
                new DestConfig(
                        listen,
                        LocalUsers.anybody(),
                        imagesDir,
                        DestLimits.DEFAULT,
                        ImagesSync.NONE,
                        host,
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        true,
                        "pageproxy/test");
        EventLoopGroup group = EventLoops.create("test-dest", 1);
        proxy =
                new DestProxy(
                        config,
                        group,
                        channel -> tls.newHandler(channel.alloc()),
                        new NoPageServers(),
                        SessionPolicy.ANY,
                        this);
        Thread runner = new Thread(this::run, "test-dest-runner");
        runner.setDaemon(true);
        runner.start();
    }

    private void run() {
        try {
            exitCode.complete(proxy.run());
        } catch (IOException | InterruptedException | RuntimeException e) {
            address.completeExceptionally(e);
            exitCode.completeExceptionally(e);
        }
    }

    String connect() {
        return address.join().toString();
    }

    /** Stops it and returns its exit code. */
    int stop() {
        proxy.stop();
        return exitCode.join();
    }

    @Override
    public void onListening(Endpoint listening) {
        address.complete(listening);
    }

    @Override
    public void onProbed(String peer) {
        probed.add(peer);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        sessions.add(report);
    }

    @Override
    public void onStranger(SessionReport report) {
        sessions.add(report);
    }

    @Override
    public void close() {
        stop();
        proxy.close();
    }

    private static final class NoPageServers implements PageServers {
        @Override
        public String version() {
            return "CRIU 9.9";
        }

        @Override
        public RecordLayout layout() {
            return RecordLayout.BYTES_32;
        }

        @Override
        public ChildProcess start(ImagesFolder folder) throws IOException {
            throw new IOException("no page server may be started here");
        }
    }
}
