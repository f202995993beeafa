package io.pageproxy.app.demo;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalDestination;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.async.Uninterruptibly;
import io.pageproxy.cli.Quantities;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.progress.SessionProgress;
import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.DumperPort;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.source.SourceProxy;
import io.pageproxy.tls.TlsSessionInfo;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;

/** A source proxy in this process, for one session. */
final class Source {
    static final String SESSION = "demo";

    private static final long PROGRESS_INTERVAL_MILLIS = 100;

    private final HostPort connect;
    private final Function<Channel, SslHandler> tls;
    private final Screen screen;
    private final Stopper stopper;
    private final AtomicReference<TlsSessionInfo> security = new AtomicReference<>();
    private final AtomicReference<SessionReport> report = new AtomicReference<>();

    /**
     * The result of the session.
     *
     * @param report the source's report
     * @param exitCode exit code of the proxy, which reflects that of a dumper it started
     * @param security TLS parameters; null if no connection was established
     */
    record Result(SessionReport report, int exitCode, TlsSessionInfo security) {}

    Source(HostPort connect, Certificates certificates, Screen screen, Stopper stopper)
            throws LocalFailure {
        this.connect = connect;
        this.tls = certificates.source(connect.port());
        this.screen = screen;
        this.stopper = stopper;
    }

    /** Runs a session with a dumper that the proxy starts; blocks. */
    Result runWith(List<String> dumper) throws IOException, InterruptedException {
        return run(Optional.empty(), dumper, () -> TreeMemory.ofDump(dumper), address -> {});
    }

    /**
     * Runs a session with a dumper that connects; blocks.
     *
     * @param pageBytes how much it sends
     * @param dumper receives the address to connect to; must not block
     */
    Result runFor(long pageBytes, Consumer<HostPort> dumper)
            throws IOException, InterruptedException {
        DumperPort port = DumperPort.of(new Endpoint.Tcp(LocalDestination.ANY_PORT));
        return run(Optional.of(port), List.of(), () -> OptionalLong.of(pageBytes), dumper);
    }

    private Result run(
            Optional<DumperPort> port,
            List<String> command,
            Supplier<OptionalLong> pageBytes,
            Consumer<HostPort> onListening)
            throws IOException, InterruptedException {
        SourceConfig config =
                new SourceConfig(
                        new Endpoint.Tcp(connect),
                        port,
                        command,
                        Optional.of(SESSION),
                        Optional.empty(),
                        CodecChoice.AUTO,
                        SourceConfig.DEFAULT_PAGE_WINDOW_BYTES,
                        1,
                        SourceConfig.DEFAULT_BLOCK_BYTES,
                        HostFacts.local(Posix.pageSizeBytes()),
                        LocalDestination.TIMEOUTS,
                        true,
                        1,
                        Version.agent());
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        try (SourceProxy proxy =
                new SourceProxy(config, this::watchedTls, launcher, observer(onListening))) {
            stopper.onStop(proxy::stop);
            Thread progress = new Thread(() -> showProgress(proxy, pageBytes), "progress");
            progress.setDaemon(true);
            progress.start();
            int exitCode;
            try {
                exitCode = proxy.run();
            } finally {
                progress.interrupt();
                Uninterruptibly.run(progress::join);
            }
            return new Result(report.get(), exitCode, security.get());
        }
    }

    /**
     * Completes the dump step on the screen, and reports the destination's result as the next step.
     *
     * @throws LocalFailure if the session failed
     */
    void reportTransfer(Result moved, SessionReport destination) throws LocalFailure {
        screen.done(
                String.format(
                        Locale.ROOT,
                        "%,d pages, %s%nmutual %s",
                        moved.report().totals().pages(),
                        Quantities.mebibytes(moved.report().pageBytes()),
                        Figures.tunnel(moved.security())));
        screen.begin("images", "checked by the destination");
        if (!destination.outcome().good()) {
            throw LocalFailure.of(destination);
        }
        screen.done("every page accounted for, synced to the disk");
    }

    private SslHandler watchedTls(Channel channel) {
        SslHandler handler = tls.apply(channel);
        handler.handshakeFuture()
                .addListener(
                        done -> {
                            if (done.isSuccess()) {
                                note(handler);
                            }
                        });
        return handler;
    }

    private void note(SslHandler handler) throws SSLPeerUnverifiedException {
        security.set(TlsSessionInfo.of(handler));
    }

    private SourceObserver observer(Consumer<HostPort> onListening) {
        return new SourceObserver() {
            @Override
            public void onAccepted(Accept accept) {}

            @Override
            public void onListening(Endpoint address) {
                onListening.accept(((Endpoint.Tcp) address).address());
            }

            @Override
            public void onDumperRefused(String who) {
                screen.say("refused " + who);
            }

            @Override
            public void onSessionOver(SessionReport over) {
                report.set(over);
            }
        };
    }

    private void showProgress(SourceProxy proxy, Supplier<OptionalLong> pageBytes) {
        SessionProgress progress = new SessionProgress(pageBytes, System::nanoTime);
        try {
            while (true) {
                Thread.sleep(PROGRESS_INTERVAL_MILLIS);
                progress.text(proxy.progress()).ifPresent(screen::progress);
            }
        } catch (InterruptedException theSessionIsOver) {
            return;
        }
    }
}
