package io.pageproxy.cli.dest;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.ReloadSignal;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.HookOptions;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.ReportOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.StatusOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.cli.options.UserNeeds;
import io.pageproxy.cli.resident.ResidentRehearsal;
import io.pageproxy.dest.DestProxy;
import io.pageproxy.dest.images.ImageAccess;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.monitor.MonitorLink;
import io.pageproxy.dest.pageserver.CriuPageServers;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.PageServerArguments;
import io.pageproxy.dest.policy.PolicyException;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.hook.Hooks;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.AdoptedChildren;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.status.Status;
import io.pageproxy.text.LineLimit;
import io.pageproxy.text.ShellWord;
import io.pageproxy.tls.ConnectedPeers;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsHandlers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code pageproxy dest}. The file is long because it assembles the whole destination from the
 * options, which stand in the order of {@code --help}.
 */
@Command(
        name = "dest",
        description = {
            "Destination side: mutual TLS in, a supervised page server out.",
            "Each session runs one criu page-server on a socket pair; its images are checked and",
            "synced before the dumper hears success."
        },
        footer = {
            "  pageproxy dest --listen 0.0.0.0:9999 --images-dir /srv/images --cert dest.pem \\",
            "      --key dest-key.pem --ca ca.pem --allow-dns source"
        })
public final class DestCommand extends ProxyCommand {
    private static final Logger LOG = LoggerFactory.getLogger(DestCommand.class);

    @Mixin private TunnelOptions tunnels;

    @Option(
            names = "--images-dir",
            required = true,
            paramLabel = "DIR",
            description = "parent folder of the sessions' image folders")
    private Path imagesDir;

    @Option(
            names = "--criu",
            paramLabel = "PATH",
            defaultValue = "criu",
            description = "the criu program (default: ${DEFAULT-VALUE}, from PATH)")
    private String criu;

    @Option(
            names = "--page-server-arg",
            paramLabel = "ARG",
            description =
                    "pass this argument to criu page-server (repeatable), such as --auto-dedup")
    private List<String> pageServerArguments = List.of();

    @Mixin private LazyOptions lazy;
    @Mixin private LimitOptions limits;

    @Option(
            names = "--page-server-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "30s",
            description =
                    "kill a page server that does nothing for this time while its session waits for"
                            + " it, mostly for its exit after CLOSE; ten times as long while the"
                            + " kernel writes or syncs for it (default: ${DEFAULT-VALUE})")
    private Duration pageServerTimeout;

    @Mixin private RestoreOptions restore;
    @Mixin private HookOptions hooks;
    @Mixin private RuncOptions runc;
    @Mixin private SyncRootOptions syncRoots;
    @Mixin private UserOptions user;
    @Mixin private ImagesOptions images;

    @Option(
            names = "--no-sync",
            description =
                    "do not sync the images to the disk before success is reported: for a tmpfs,"
                            + " or if a crash of this host does not matter")
    private boolean noSync;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = {
                "instead of --allow-*: the allowed peers, and for each its permitted sessions,",
                "limits and page-server arguments; YAML, reloaded when it changes"
            })
    private Path policyFile;

    @Option(
            names = "--rehearse",
            paramLabel = "TIME|none",
            converter = Converters.ToDurationOrNone.class,
            defaultValue = "none",
            description =
                    "how long it may rehearse before it listens, and how much processor time that"
                            + " may cost, so that the first migration is as quick as later ones;"
                            + " 10s is enough (default: ${DEFAULT-VALUE})")
    private Duration rehearsal;

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

    @Override
    public Integer call() throws Exception {
        log.apply();
        checkPageServerArguments();
        lazy.validate(commandLine());
        restore.validate(commandLine());
        user.validate(commandLine());
        checkHooks();
        runc.validate(commandLine(), restore.allowed(), restore.ofOneUser(), user.given());
        syncRoots.validate(commandLine(), restore.allowed(), restore.ofOneUser(), user.given());
        images.validate(commandLine(), restore.allowed());
        PeerPolicy allowed = allowed();
        PolicyFile policy = policyFile == null ? null : policy();
        DestConfig config = config();
        Posix.makeNewFilesPrivate();
        Posix.keepMemoryPrivate();
        AdoptedChildren.startIfReaper();
        if (user.separates()) {
            return monitor(config);
        }
        Optional<MonitorLink> monitor = user.monitor(imagesDir);
        logPrivileges(monitor.isPresent());
        PeerAdmission admission = policy == null ? allowed : policy;
        warnIfImagesReachable();
        ReloadingTlsContexts contexts =
                ReloadingTlsContexts.server(tls.files(), tls.unsafeKeyPermissions(), admission);
        ConnectedPeers peers = ConnectedPeers.start(contexts, admission, revocation.onRevocation());
        ReloadSignal.onHangup(
                () -> {
                    contexts.reload();
                    if (policy != null) {
                        policy.reload();
                    }
                    peers.checkSoon();
                });
        if (monitor.isPresent()) {
            monitor.get().listeningForSignals();
        }
        Consumer<SessionReport> summary = reports.summary(System.out);
        EventLoopGroup group = DestProxy.newEventLoops();
        Consumer<Runnable> scheduleAfterPeriod = scheduleAfterPeriod(group);
        PosixChildLauncher launcher =
                PosixChildLauncher.withoutLowPorts(PosixChildLauncher.PAGE_SOCKET_BYTES);
        CriuProbe.Facts facts = new CriuProbe(launcher, group.next(), criu).ask();
        try (peers;
                Status status =
                        statusOptions.open(
                                Side.DESTINATION,
                                Optional.of(imagesDir),
                                contexts,
                                Installation.hold(),
                                DestHealth.checks(imagesDir, facts.program()));
                DestProxy proxy =
                        new DestProxy(
                                config,
                                group,
                                peers.watching(tlsHandlers(contexts)),
                                pageServers(launcher, facts),
                                policy == null ? SessionPolicy.ANY : policy,
                                lazy.daemons(launcher, facts),
                                restore.restores(
                                        facts,
                                        monitor,
                                        runc.restores(facts.program(), restore.shared())),
                                new Hooks(hooks.plan(), launcher, ChildEnvironment.minimal()),
                                syncRoots.services(launcher),
                                new DestReporter(
                                        new PeerLog(scheduleAfterPeriod, summary),
                                        new StrangerLog(scheduleAfterPeriod),
                                        status))) {
            if (!rehearsal.isZero() && !ResidentRehearsal.run(rehearsal, commands())) {
                return 0;
            }
            return Termination.run(
                    status.closeAfter(proxy::run), status.health().markDrainingThen(proxy::stop));
        }
    }

    private int monitor(DestConfig config) throws Exception {
        MonitorRun run = new MonitorRun(user.user(), config);
        UserNeeds needs = run.needs();
        needs.files(tls.files());
        needs.program("--criu", criu);
        if (policyFile != null) {
            needs.file("--policy", policyFile);
        }
        needs.listensAt(tunnels.address());
        statusOptions.address().ifPresent(needs::listensAt);
        return run.run(restore.allowed() ? Optional.of(restore.programs(criu)) : Optional.empty());
    }

    private CommandTree commands() {
        return (CommandTree) commandLine().getParent().getCommandSpec().userObject();
    }

    private void logPrivileges(boolean monitored) throws IOException {
        Capabilities held = Capabilities.effective();
        LOG.info("runs as user={} capabilities={}", Posix.effectiveUser(), held);
        if (restore.allowed() && !monitored) {
            CriuRestores.requirePossible(held);
            LOG.warn(
                    "--allow-restore: root's rights are kept, and every allowed peer can run"
                            + " processes here (see --user)");
            return;
        }
        Capabilities needless =
                held.without(Capabilities.CHECKPOINT_RESTORE, Capabilities.NET_BIND_SERVICE);
        if (!needless.isEmpty() && !lazy.startsDaemons()) {
            LOG.warn(
                    "dest has no use for the capabilities {}: start it with bin/pageproxy without"
                            + " PAGEPROXY_KEEP_CAPABILITIES, or as an ordinary user",
                    needless);
        }
    }

    private void warnIfImagesReachable() throws IOException {
        if (!ImageAccess.isClosedToOthers(imagesDir)) {
            LOG.warn(
                    "--images-dir {} can be entered by other users: each folder made in it is"
                            + " closed to them, and to a restore of a tree in a user namespace as"
                            + " well; chmod 700 {} before the first session",
                    imagesDir,
                    ShellWord.of(imagesDir.toString()));
        }
    }

    private PeerPolicy allowed() {
        PeerPolicy allowed = tls.policy(commandLine());
        if (policyFile != null && !allowed.isEmpty()) {
            throw wrong(
                    "--policy "
                            + policyFile
                            + " says who is allowed, so --allow-* would do nothing; leave out one"
                            + " or the other");
        }
        if (policyFile == null && allowed.isEmpty()) {
            throw wrong(
                    "nobody is allowed: name the sources with --allow-dns, --allow-uri,"
                            + " --allow-cn or --allow-fingerprint or in a --policy file, or take"
                            + " whoever the CA has signed with --allow-any");
        }
        return allowed;
    }

    private PolicyFile policy() throws IOException {
        try {
            return new PolicyFile(policyFile);
        } catch (PolicyException e) {
            throw wrong(e.getMessage());
        }
    }

    private void checkHooks() {
        if (hooks.given() && !restore.allowed()) {
            throw wrong("--hook is for --allow-restore: give that too, or leave out both");
        }
        if (hooks.given() && user.given()) {
            throw wrong(
                    "--hook and --user exclude each other: what speaks to the network would run the"
                            + " hooks, as that user; leave out one or the other");
        }
    }

    private void checkPageServerArguments() {
        for (String argument : pageServerArguments) {
            Optional<String> fault = PageServerArguments.fault(argument);
            if (fault.isPresent()) {
                throw wrong("--page-server-arg " + argument + ": " + fault.get());
            }
        }
    }

    private DestConfig config() throws IOException {
        tunnels.validate(commandLine());
        DestLimits allLimits = limits.limits(commandLine(), tunnels, lazy.readAheadBytes());
        ImageAccess.requireWritable(imagesDir);
        return new DestConfig(
                tunnels.address(),
                tunnels.users(),
                imagesDir,
                allLimits,
                noSync ? ImagesSync.NONE : ImagesSync.DURABLE,
                HostFacts.local(Posix.pageSizeBytes()),
                timeouts.timeouts(),
                pageServerTimeout,
                reports.once(),
                Version.agent(),
                images.keeping(),
                images.spaceCheck());
    }

    private Function<Channel, SslHandler> tlsHandlers(ReloadingTlsContexts contexts) {
        TlsHandlers handlers = new TlsHandlers(contexts, timeouts.timeouts().handshake());
        return channel -> handlers.newHandler(channel.alloc());
    }

    private PageServers pageServers(PosixChildLauncher launcher, CriuProbe.Facts facts) {
        LOG.info(
                "page servers are {} records={}B program={}{}",
                facts.version(),
                facts.layout().bytes(),
                facts.program(),
                facts.unprivileged() ? " --unprivileged" : "");
        return new CriuPageServers(launcher, facts, pageServerArguments);
    }

    private static Consumer<Runnable> scheduleAfterPeriod(EventLoopGroup group) {
        long periodMillis = LineLimit.PERIOD.toMillis();
        return endOfPeriod -> group.schedule(endOfPeriod, periodMillis, TimeUnit.MILLISECONDS);
    }
}
