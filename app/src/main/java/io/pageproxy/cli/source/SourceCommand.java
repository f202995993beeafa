package io.pageproxy.cli.source;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.ReloadSignal;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.ReportOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.StatusOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.cli.options.UserNeeds;
import io.pageproxy.cli.progress.ChildTerminal;
import io.pageproxy.cli.resident.ResidentMonitor;
import io.pageproxy.cli.resident.ResidentSource;
import io.pageproxy.cli.resident.ResidentWorker;
import io.pageproxy.cli.task.LazyTask;
import io.pageproxy.cli.task.PushTask;
import io.pageproxy.cli.task.SourceTask;
import io.pageproxy.cli.task.StandardOutput;
import io.pageproxy.cli.task.TaskCommand;
import io.pageproxy.cli.task.TaskContext;
import io.pageproxy.cli.task.TaskDestination;
import io.pageproxy.cli.task.TaskStatus;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.lazy.LazyConfig;
import io.pageproxy.status.Status;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
public final class SourceCommand extends ProxyCommand implements TaskCommand {
    /** Arguments that pageproxy appends to the dumper's command, which must not be given. */
    private static final Set<String> OUR_ARGUMENTS =
            Set.of("--page-server", "--ps-socket", "--tls", "--lazy-pages");

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

    @Mixin private SessionOptions session;
    @Mixin private PageOptions pages;
    @Mixin private TlsOptions tls;
    @Mixin private RevocationOptions revocation;
    @Mixin private TimeoutOptions timeouts;
    @Mixin private ReportOptions reports;
    @Mixin private StatusOptions statusOptions;
    @Mixin private ControlOption control;
    @Mixin private ResidentOptions resident;
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
        if (isResident()) {
            return reside();
        }
        Optional<Endpoint.UnixSocket> socket = control.socket(commandLine());
        if (socket.isPresent()) {
            return ControlOption.give(socket.get(), commandLine());
        }
        SourceTask task = task(WorkingDirectory.OF_PROCESS);
        TlsPool pool = new TlsPool(tls.files(), tls.unsafeKeyPermissions());
        reloadOrEndOnHangup(pool);
        try (pool;
                TlsPool.Lease lease =
                        pool.lease(taskDestination(WorkingDirectory.OF_PROCESS).key());
                Status status = status(lease.contexts())) {
            ChildTerminal terminal = ChildTerminal.open();
            return Termination.run(
                    status.closeAfter(() -> run(task, pool, terminal, status)),
                    status.health().markDrainingThen(task::stop));
        }
    }

    private boolean isResident() {
        return control.socket(commandLine()).isPresent() && !destination.given();
    }

    private int reside() throws Exception {
        resident.validate(commandLine(), dumper);
        CommandTree commands =
                (CommandTree) commandLine().getParent().getCommandSpec().userObject();
        ResidentSource.Settings settings =
                new ResidentSource.Settings(
                        control.socket(commandLine()).orElseThrow(),
                        resident.users(),
                        resident.maxJobs(),
                        resident.rehearsal(),
                        commands);
        if (resident.user().isPresent() && !NetworkProcess.isThis()) {
            return monitor(settings, resident.user().get());
        }
        TlsPool pool = new TlsPool(tls.files(), tls.unsafeKeyPermissions());
        ReloadSignal.onHangup(pool::reload);
        try (pool;
                TlsPool.Lease lease = pool.lease(TlsPool.Key.HOST_NAME);
                Status status = status(lease.contexts())) {
            return NetworkProcess.isThis()
                    ? ResidentWorker.run(settings, pool, status)
                    : new ResidentSource(settings, pool, status).run();
        }
    }

    private int monitor(ResidentSource.Settings settings, OrdinaryUser user) throws Exception {
        UserNeeds needs = new UserNeeds(user, new Capabilities(0));
        needs.files(tls.files());
        statusOptions.address().ifPresent(needs::listensAt);
        return new ResidentMonitor(settings, user, tls.files()).run(needs);
    }

    private static int run(SourceTask task, TlsPool pool, ChildTerminal terminal, Status status)
            throws Exception {
        ChildLauncher launcher =
                terminal.launcher(new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES));
        try (SourceRuntime runtime = task.ownRuntime()) {
            return task.run(
                    new TaskContext(
                            runtime,
                            pool,
                            launcher,
                            new StandardOutput(terminal),
                            TaskStatus.ofProcess(status)));
        }
    }

    @Override
    public TlsFiles tlsFiles() {
        return tls.files();
    }

    @Override
    public LogOptions logOptions() {
        return log;
    }

    @Override
    public Optional<String> optionOfProcess() {
        if (isResident()) {
            return Optional.of("--control without --connect");
        }
        return statusOptions.given() ? Optional.of("--status") : resident.given();
    }

    @Override
    public SourceTask task(WorkingDirectory directory) throws IOException {
        resident.requireNone(commandLine());
        Optional<Path> summary =
                reports.summaryFile()
                        .map(file -> file.toString().equals("-") ? file : directory.resolve(file));
        if (lazy || lazyPages != null) {
            validateLazy();
            LocalUsers users = listen.users();
            HostFacts host = HostFacts.local(Posix.pageSizeBytes());
            return new LazyTask(
                    number -> lazyConfig(directory, number, users, host),
                    taskDestination(directory),
                    reports.once(),
                    summary);
        }
        return new PushTask(config(directory), taskDestination(directory), summary);
    }

    private TaskDestination taskDestination(WorkingDirectory directory) {
        return new TaskDestination(
                destination.name(directory),
                tls.policy(commandLine()),
                revocation.onRevocation(),
                timeouts.timeouts().handshake());
    }

    private LazyConfig lazyConfig(
            WorkingDirectory directory, int number, LocalUsers users, HostFacts host) {
        return new LazyConfig(
                destination.name(directory).address(),
                lazyPages,
                false,
                users,
                session.name().map(name -> name.replace("{n}", "" + number)),
                pages.codec(),
                host,
                timeouts.timeouts(),
                Version.agent(),
                Optional.empty());
    }

    private void validateLazy() {
        destination.validate(commandLine(), tls.policy(commandLine()));
        session.requireName(commandLine());
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
        if (session.concurrent() != 1) {
            throw wrong(
                    "--max-sessions "
                            + session.concurrent()
                            + ": with --lazy sessions come one after the other, since criu dump"
                            + " listens at --lazy-pages; leave it out");
        }
        if (listen.anyGiven() || session.parent().isPresent() || !dumper.isEmpty()) {
            throw wrong(
                    "--lazy takes neither --listen (and what goes with it) nor --parent nor -- COMMAND: criu dump is"
                            + " started beside it, with --lazy-pages --address --port");
        }
    }

    private SourceConfig config(WorkingDirectory directory) throws IOException {
        Arguments.requireBehindEnd(commandLine(), dumper);
        validate();
        return new SourceConfig(
                destination.name(directory).address(),
                listen.port(directory),
                dumper,
                session.name(),
                session.parent(),
                pages.codec(),
                pages.windowBytes(),
                pages.lanes(),
                SourceConfig.DEFAULT_BLOCK_BYTES,
                HostFacts.local(Posix.pageSizeBytes()),
                timeouts.timeouts(),
                reports.once(),
                session.concurrent(),
                Version.agent());
    }

    private void validate() {
        destination.validate(commandLine(), tls.policy(commandLine()));
        session.validate(commandLine(), listen.given(), reports.once());
        requireListenOrDumper();
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

    /** Only what goes on for long has files to load again. */
    private void reloadOrEndOnHangup(TlsPool pool) throws IOException {
        if (listen.given() || lazy) {
            ReloadSignal.onHangup(pool::reload);
        } else {
            ReloadSignal.endOnHangup();
        }
    }
}
