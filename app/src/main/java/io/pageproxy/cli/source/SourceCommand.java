package io.pageproxy.cli.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.ReloadSignal;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.ReportOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.StatusOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.cli.progress.ProgressReporter;
import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceProxy;
import io.pageproxy.source.lazy.LazyConfig;
import io.pageproxy.source.lazy.LazySource;
import io.pageproxy.source.lazy.LazySourceProxy;
import io.pageproxy.status.Status;
import io.pageproxy.tls.ConnectedPeers;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pageproxy source}. */
@Command(
        name = "source",
        description = {
            "Source side: a page-server socket in, mutual TLS out.",
            "With --listen a dumper connects (criu dump --page-server --address A --port P);",
            "after -- the dumper is started here, and no plaintext port is open at all."
        },
        footer = {
            "  pageproxy source --connect dest.example:9999 --cert source.pem --key source-key.pem \\",
            "      --ca ca.pem --session web -- criu dump -t 4711 -D /tmp/web --shell-job"
        })
public final class SourceCommand extends ProxyCommand {
    /** Arguments that pageproxy appends to the dumper's command, which must not be given. */
    private static final Set<String> OUR_ARGUMENTS =
            Set.of("--page-server", "--ps-socket", "--tls", "--lazy-pages");

    private static final int MAX_SESSIONS = 64;

    @Mixin private DestinationOptions destination;
    @Mixin private ListenOptions listen;

    @Option(
            names = "--lazy",
            description =
                    "lazy (post-copy) migration: pages stay here until the restored tasks request"
                            + " them; with --lazy-pages")
    private boolean lazy;

    @Option(
            names = "--lazy-pages",
            paramLabel = "ADDR:PORT",
            converter = Converters.ToHostPort.class,
            description =
                    "where criu dump --lazy-pages --address ADDR --port PORT will listen on this"
                            + " host; start it when 'ready' is printed, and copy its images when"
                            + " 'serving' is printed")
    private HostPort lazyPages;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description =
                    "the folder of the images below the destination's --images-dir, such as web/2;"
                            + " {n} stands for the session's number")
    private String session;

    @Option(
            names = "--parent",
            paramLabel = "NAME",
            description =
                    "the parent of this session (iterative migration); {last}: the last"
                            + " successful one of this source, if any")
    private String parent;

    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "maximum number of concurrent sessions, 1 to 64; each 'listening' that is printed"
                            + " admits one more dumper; they share --page-window (default:"
                            + " ${DEFAULT-VALUE})")
    private int sessions;

    @Mixin private PageOptions pages;
    @Mixin private TlsOptions tls;
    @Mixin private RevocationOptions revocation;
    @Mixin private TimeoutOptions timeouts;
    @Mixin private ReportOptions reports;
    @Mixin private StatusOptions statusOptions;
    @Mixin private LogOptions log;

    @SuppressWarnings(
            "UnusedVariable") // Arguments removes it before parsing; declared for the help
    @Mixin
    private ConfigOption configOption;

    @Parameters(paramLabel = "-- COMMAND", arity = "0..*", description = "the dumper to start")
    private List<String> dumper = List.of();

    @Override
    public Integer call() throws Exception {
        log.apply();
        Posix.keepMemoryPrivate();
        if (lazy || lazyPages != null) {
            return serveLazily();
        }
        SourceConfig config = config();
        Consumer<SessionReport> reporter = reports.reporter(System.out);
        ReloadingTlsContexts contexts = tlsContexts();
        try (ConnectedPeers peers = connectedPeers(contexts);
                Status status = status(contexts);
                SourceProxy proxy =
                        new SourceProxy(
                                config,
                                peers.watching(tlsHandlers(contexts)),
                                new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES),
                                new SourceReporter(reporter, status))) {
            return Termination.run(
                    status.closeAfter(() -> runWithProgress(proxy)),
                    status.health().markDrainingThen(proxy::stop));
        }
    }

    /** Removes the progress before it returns, since no clean-up follows a signal. */
    private int runWithProgress(SourceProxy proxy) throws Exception {
        Runnable stopProgress =
                ProgressReporter.start(proxy::progress, () -> TreeMemory.ofDump(dumper));
        try {
            return proxy.run();
        } finally {
            stopProgress.run();
        }
    }

    private int serveLazily() throws Exception {
        validateLazy();
        LocalUsers users = listen.users();
        HostFacts host = HostFacts.local(Posix.pageSizeBytes());
        Consumer<SessionReport> reporter = reports.reporter(System.out);
        ReloadingTlsContexts contexts = tlsContexts();
        try (ConnectedPeers peers = connectedPeers(contexts);
                Status status = status(contexts)) {
            LazyReporter teller = new LazyReporter(lazyPages, reporter, status);
            LazySourceProxy proxy =
                    new LazySourceProxy(
                            reports.once(),
                            number ->
                                    new LazySource(
                                            lazyConfig(number, users, host),
                                            peers.watching(tlsHandlers(contexts)),
                                            teller));
            return Termination.run(
                    status.closeAfter(proxy::run), status.health().markDrainingThen(proxy::stop));
        }
    }

    private LazyConfig lazyConfig(int number, LocalUsers users, HostFacts host) {
        return new LazyConfig(
                destination.address(),
                lazyPages,
                false,
                users,
                Optional.ofNullable(session).map(name -> name.replace("{n}", "" + number)),
                pages.codec(),
                host,
                timeouts.timeouts(),
                Version.agent(),
                Optional.empty());
    }

    private void validateLazy() {
        destination.validate(commandLine(), tls.policy(commandLine()));
        requireSessionName("--session", session);
        if (!lazy || lazyPages == null) {
            throw wrong(
                    "--lazy and --lazy-pages ADDR:PORT, where criu dump --lazy-pages will listen,"
                            + " go together: give both");
        }
        if (lazyPages.port() == 0 || !lazyPages.isLoopback()) {
            throw wrong(
                    "--lazy-pages "
                            + lazyPages
                            + " is no port of a loopback address: pages come from CRIU on this"
                            + " host only; give 127.0.0.1:PORT");
        }
        if (sessions != 1) {
            throw wrong(
                    "--max-sessions "
                            + sessions
                            + ": with --lazy sessions come one after the other, since criu dump"
                            + " listens at --lazy-pages; leave it out");
        }
        if (listen.anyGiven() || parent != null || !dumper.isEmpty()) {
            throw wrong(
                    "--lazy takes neither --listen (and what goes with it) nor --parent nor -- COMMAND: criu dump is"
                            + " started beside it, with --lazy-pages --address --port");
        }
    }

    private SourceConfig config() throws IOException {
        Arguments.requireBehindEnd(commandLine(), dumper);
        validate();
        return new SourceConfig(
                destination.address(),
                listen.port(),
                dumper,
                Optional.ofNullable(session),
                Optional.ofNullable(parent),
                pages.codec(),
                pages.windowBytes(),
                pages.lanes(),
                SourceConfig.DEFAULT_BLOCK_BYTES,
                HostFacts.local(Posix.pageSizeBytes()),
                timeouts.timeouts(),
                reports.once(),
                sessions,
                Version.agent());
    }

    private void validate() {
        destination.validate(commandLine(), tls.policy(commandLine()));
        requireSessionName("--session", session);
        if (SourceConfig.LAST_SESSION.equals(parent)) {
            requireDistinctSessionNames();
        } else {
            requireSessionName("--parent", parent);
        }
        requireListenOrDumper();
        if (sessions != 1) {
            validateSeveralSessions();
        }
    }

    private void validateSeveralSessions() {
        String given = "--max-sessions " + sessions;
        if (sessions < 1 || sessions > MAX_SESSIONS) {
            throw wrong(given + " is not from 1 to " + MAX_SESSIONS);
        }
        if (session == null || !session.contains("{n}") || !listen.given()) {
            throw wrong(given + ": give --listen, and --session a name with {n} for their number");
        }
        if (reports.once() || SourceConfig.LAST_SESSION.equals(parent)) {
            throw wrong(
                    given
                            + " excludes --once, which is for one session, and --parent {last}, where"
                            + " each waits for the one before: leave one out");
        }
    }

    private void requireDistinctSessionNames() {
        if (session == null || !session.contains("{n}") || !listen.given()) {
            throw wrong(
                    "--parent {last} is for several sessions: give --listen, and --session a name"
                            + " with {n} for their number");
        }
    }

    private void requireSessionName(String flag, String name) {
        try {
            if (name != null) {
                new SessionName(name.replace("{n}", "1"));
            }
        } catch (SessionException e) {
            throw wrong(flag + ": " + e.getMessage());
        }
    }

    private void requireListenOrDumper() {
        if (!listen.given() && dumper.isEmpty()) {
            throw wrong(
                    "neither --listen ADDR:PORT (or unix:PATH) for a dumper that connects nor --"
                            + " criu dump ... for one to start is given");
        }
        if (listen.given() && !dumper.isEmpty()) {
            throw wrong(
                    listen
                            + " and -- "
                            + String.join(" ", dumper)
                            + " exclude each other: leave one out");
        }
        listen.validate(commandLine());
        for (String word : dumper) {
            if (OUR_ARGUMENTS.contains(word)) {
                throw wrong(
                        "-- "
                                + String.join(" ", dumper)
                                + ": pageproxy gives the dumper its page server itself; leave out "
                                + word);
            }
        }
    }

    private Status status(ReloadingTlsContexts contexts) throws IOException, InterruptedException {
        return statusOptions.open(
                Side.SOURCE, Optional.empty(), contexts, Installation.hold(), List.of());
    }

    private Function<Channel, SslHandler> tlsHandlers(ReloadingTlsContexts contexts) {
        return destination.tlsHandlers(contexts, timeouts.timeouts().handshake());
    }

    private ReloadingTlsContexts tlsContexts() throws TlsConfigException {
        return destination.tlsContexts(tls, tls.policy(commandLine()));
    }

    private ConnectedPeers connectedPeers(ReloadingTlsContexts contexts) throws IOException {
        ConnectedPeers peers =
                ConnectedPeers.start(
                        contexts, tls.policy(commandLine()), revocation.onRevocation());
        if (listen.given() || lazy) {
            ReloadSignal.onHangup(
                    () -> {
                        contexts.reload();
                        peers.checkSoon();
                    });
        } else {
            ReloadSignal.endOnHangup();
        }
        return peers;
    }
}
