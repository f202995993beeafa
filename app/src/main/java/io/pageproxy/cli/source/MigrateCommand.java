package io.pageproxy.cli.source;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.check.DryRun;
import io.pageproxy.cli.check.Findings;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.HookOptions;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.cli.progress.ChildTerminal;
import io.pageproxy.cli.task.MigrateTask;
import io.pageproxy.cli.task.MigrationReporter;
import io.pageproxy.cli.task.SourceTask;
import io.pageproxy.cli.task.StandardOutput;
import io.pageproxy.cli.task.TaskCommand;
import io.pageproxy.cli.task.TaskContext;
import io.pageproxy.cli.task.TaskDestination;
import io.pageproxy.cli.task.TaskStatus;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.criu.Task;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.runc.CheckpointArguments;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.migrate.dump.LockMethod;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.migrate.dump.RuncContainer;
import io.pageproxy.source.migrate.sync.SyncPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pageproxy migrate}. */
@Command(
        name = "migrate",
        description = {
            "Moves a process tree or a container of runc: dumps it, sends its pages and other images over mutual TLS,"
                    + " and restores it at the destination (pageproxy dest --allow-restore).",
            "The tasks on this host end only when the copy is ready to run. If anything fails"
                    + " before that, they keep running here."
        },
        footer = {
            "  pageproxy migrate --pid 4711 --connect dest.example:9999 --cert source.pem \\",
            "      --key source-key.pem --ca ca.pem --session web"
        })
public final class MigrateCommand extends ProxyCommand implements TaskCommand {

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "process ID of the root of the tree to move")
    private Long pid;

    @Mixin private ContainerOptions container;

    @Mixin private DestinationOptions destination;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description = "folder of the images below the destination's --images-dir, such as web")
    private String session;

    @Option(
            names = {"-D", "--images-dir"},
            paramLabel = "DIR",
            description =
                    "folder for the dump's images other than pages (default: a private temporary"
                            + " folder, which is deleted afterwards)")
    private Path imagesDir;

    @Option(
            names = "--rounds",
            paramLabel = "N|auto",
            converter = RoundsConverter.class,
            description =
                    "number of criu pre-dumps, 1 to 32, before the dump, while the tasks keep"
                            + " running; auto: at most 8, until one sends at most 4 MiB of pages"
                            + " or more than three quarters of the one before. They are the"
                            + " sessions NAME-1, NAME-2, ... (default: none)")
    private RoundsChoice givenRounds = RoundsChoice.NONE;

    private RoundsChoice rounds = RoundsChoice.NONE; // Those of the budget if there is one.

    @Mixin private DowntimeOptions downtime;

    @Option(
            names = "--lazy",
            description =
                    "run the tree at the destination before its memory has arrived: pages that its"
                            + " tasks touch are fetched first, then all others. The tasks on this"
                            + " host stay frozen until the last page has arrived. If anything fails"
                            + " before that, the copy is killed and they continue. If the source"
                            + " host itself fails in that time, the tree is lost. With --rounds"
                            + " only what was written since the last round arrives so")
    private boolean lazy;

    @Option(
            names = "--no-restore",
            description =
                    "only send the images, for a restore by hand: the tasks on this host end when"
                            + " all images are complete at the destination")
    private boolean noRestore;

    @Option(
            names = "--criu",
            paramLabel = "PATH",
            defaultValue = "criu",
            description = "the criu program (default: ${DEFAULT-VALUE}, from PATH)")
    private String criu;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "append a report of the migration to this file, as one JSON object")
    private Path json;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description =
                    "how long to wait, before anything is frozen, for a destination that cannot be"
                            + " reached or is being restarted (default: not at all)")
    private Duration wait = Duration.ZERO;

    @Option(
            names = "--dry-run",
            description =
                    "only check on both hosts whether the migration would succeed, and print a line"
                            + " for each check; nothing is frozen, sent or created")
    private boolean dryRun;

    private Task root; // Null before validate.
    private Optional<RuncContainer> runc = Optional.empty(); // The same.
    private SyncPlan files = SyncPlan.NONE; // The same.

    @Mixin private ConnectionOptions connections;

    @Mixin private HookOptions hooks;

    @Mixin private SyncOptions sync;

    @Mixin private ControlOption control;
    @Mixin private PageOptions pages;
    @Mixin private TlsOptions tls;
    @Mixin private RevocationOptions revocation;
    @Mixin private TimeoutOptions timeouts;
    @Mixin private LogOptions log;

    @SuppressWarnings("UnusedVariable") // For --help; Arguments handles the option itself.
    @Mixin
    private ConfigOption configOption;

    @Parameters(
            paramLabel = "-- ARG",
            arity = "0..*",
            description =
                    "additional options of criu dump and pre-dump, or of runc checkpoint, such as"
                            + " --file-locks")
    private List<String> dumpArguments = List.of();

    @Override
    public Integer call() throws Exception {
        log.apply();
        if (dryRun) {
            return dryRun();
        }
        Optional<Endpoint.UnixSocket> socket = control.socket(commandLine());
        if (socket.isPresent()) {
            return ControlOption.give(socket.get(), commandLine());
        }
        MigrateTask task = task(WorkingDirectory.OF_PROCESS);
        Posix.keepMemoryPrivate();
        Installation.hold();
        TlsPool pool = new TlsPool(tls.files(), tls.unsafeKeyPermissions());
        ChildTerminal terminal = ChildTerminal.open();
        return Termination.run(() -> run(task, pool, terminal), task::stop);
    }

    private int dryRun() throws Exception {
        validate(Optional.empty(), WorkingDirectory.OF_PROCESS);
        if (json != null) {
            throw wrong("--json is for the report of a migration, and --dry-run makes none");
        }
        DryRun check =
                new DryRun(
                        new DryRun.Wanted(
                                root,
                                runc.map(RuncContainer::id),
                                Optional.ofNullable(session),
                                criu,
                                connections.withOption(commandLine(), mayBeLazy(), dumpArguments),
                                rounds.most() > 0,
                                mayBeLazy(),
                                !noRestore,
                                files),
                        new DryRun.Trust(
                                destination.name(WorkingDirectory.OF_PROCESS),
                                tls.files(),
                                tls.unsafeKeyPermissions(),
                                tls.policy(commandLine()),
                                timeouts.timeouts().handshake()));
        return Findings.print(check::run, commandLine().getOut());
    }

    private static int run(SourceTask task, TlsPool pool, ChildTerminal terminal) throws Exception {
        ChildLauncher launcher =
                terminal.launcher(new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES));
        try (pool;
                SourceRuntime runtime = task.ownRuntime()) {
            return task.run(
                    new TaskContext(
                            runtime,
                            pool,
                            launcher,
                            new StandardOutput(terminal),
                            TaskStatus.none()));
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
        return dryRun ? Optional.of("--dry-run") : Optional.empty();
    }

    @Override
    public MigrateTask task(WorkingDirectory directory) throws IOException {
        // The monitor of a network process writes the file.
        Optional<Path> report =
                Optional.ofNullable(json)
                        .filter(file -> !NetworkProcess.isThis())
                        .map(directory::resolve);
        validate(report, directory);
        Optional<LockMethod> lock = connections.method(commandLine(), mayBeLazy());
        return new MigrateTask(
                new MigrateTask.Settings(
                        root.pid(),
                        folder ->
                                new MigrationPlan(
                                        criu,
                                        root,
                                        folder,
                                        rounds,
                                        !noRestore,
                                        dumpArguments,
                                        runc,
                                        lock),
                        Optional.ofNullable(imagesDir).map(directory::resolve),
                        lazy,
                        config(directory),
                        new TaskDestination(
                                destination.name(directory),
                                tls.policy(commandLine()),
                                revocation.onRevocation(),
                                timeouts.timeouts().handshake()),
                        wait,
                        hooks.plan(),
                        files,
                        report));
    }

    private SourceConfig config(WorkingDirectory directory) throws IOException {
        return new SourceConfig(
                destination.name(directory).address(),
                Optional.empty(),
                List.of(criu),
                Optional.ofNullable(session),
                rounds.most() > 0 ? Optional.of(SourceConfig.LAST_SESSION) : Optional.empty(),
                pages.codec(),
                pages.windowBytes(),
                pages.lanes(),
                SourceConfig.DEFAULT_BLOCK_BYTES,
                HostFacts.local(Posix.pageSizeBytes()),
                timeouts.timeouts(),
                true,
                1,
                Version.agent(),
                Optional.of(UUID.randomUUID().toString().replace("-", "")));
    }

    private void validate(Optional<Path> report, WorkingDirectory directory) throws IOException {
        Arguments.requireBehindEnd(commandLine(), dumpArguments);
        rounds = downtime.rounds(commandLine(), givenRounds);
        destination.validate(commandLine(), tls.policy(commandLine()));
        container.validate(commandLine(), pid != null);
        requireSessionNames();
        requireLazyCombination();
        for (String argument : dumpArguments) {
            fault(argument)
                    .ifPresent(
                            fault -> {
                                throw wrong("-- " + argument + ": " + fault);
                            });
        }
        if (report.isPresent()) {
            MigrationReporter.requireWritable(report.get());
        }
        findRoot(directory);
    }

    private Optional<String> fault(String argument) {
        Optional<String> fault =
                container.isGiven()
                        ? CheckpointArguments.fault(argument)
                        : DumpArguments.fault(argument);
        return fault.isEmpty() && mayBeLazy() ? DumpArguments.faultWhereLazy(argument) : fault;
    }

    private void findRoot(WorkingDirectory directory) throws IOException {
        if (container.isGiven()) {
            ContainerOptions.Found found = container.find(commandLine(), directory, mayBeLazy());
            root = found.root();
            runc = Optional.of(found.container());
            files = sync.plan(commandLine(), !noRestore, Optional.of(found.bundle()));
        } else {
            files = sync.plan(commandLine(), !noRestore, Optional.empty());
            root =
                    Task.of(pid)
                            .orElseThrow(
                                    () -> wrong("--pid " + pid + ": there is no such process"));
        }
    }

    private void requireLazyCombination() {
        if (mayBeLazy() && noRestore) {
            throw wrong(
                    "--lazy (and --on-no-convergence lazy) and --no-restore exclude each other: it sends the pages to the"
                            + " restored tree and writes no images of them; leave one out");
        }
        if (lazy && rounds.budget().isPresent()) {
            throw wrong(
                    "--lazy and --max-downtime exclude each other: with --lazy the downtime does not depend on"
                            + " what is dirty; give --lazy --rounds N, or --max-downtime TIME with"
                            + " --on-no-convergence lazy");
        }
    }

    private boolean mayBeLazy() {
        return lazy || rounds.mayTurnLazy();
    }

    private void requireSessionNames() {
        if (session == null && rounds.most() > 0) {
            throw wrong(
                    "--rounds and --max-downtime need --session NAME: the rounds are the sessions NAME-1, NAME-2,"
                            + " ...");
        }
        try {
            if (session != null) {
                new SessionName(rounds.most() > 0 ? session + "-" + rounds.most() : session);
            }
        } catch (SessionException e) {
            throw wrong("--session: " + e.getMessage());
        }
    }
}
