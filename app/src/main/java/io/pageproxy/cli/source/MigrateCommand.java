package io.pageproxy.cli.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.cli.progress.ProgressReporter;
import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.migrate.Migration;
import io.pageproxy.source.migrate.MigrationReport;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.tls.ConnectedPeers;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pageproxy migrate}. */
@Command(
        name = "migrate",
        description = {
            "Moves a process tree: dumps it, sends its pages and other images over mutual TLS,"
                    + " and restores it at the destination (pageproxy dest --allow-restore).",
            "The tasks on this host end only when the copy is ready to run. If anything fails"
                    + " before that, they keep running here."
        },
        footer = {
            "  pageproxy migrate --pid 4711 --connect dest.example:9999 --cert source.pem \\",
            "      --key source-key.pem --ca ca.pem --session web"
        })
public final class MigrateCommand extends ProxyCommand {

    @Option(
            names = "--pid",
            required = true,
            paramLabel = "PID",
            description = "process ID of the root of the tree to move")
    private long pid;

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
    private RoundsChoice rounds = RoundsChoice.NONE;

    @Option(
            names = "--lazy",
            description =
                    "run the tree at the destination before its memory has arrived: pages that its"
                            + " tasks touch are fetched first, then all others. The tasks on this"
                            + " host stay frozen until the last page has arrived. If anything fails"
                            + " before that, the copy is killed and they continue. If the source"
                            + " host itself fails in that time, the tree is lost")
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
            description = "additional options of criu dump and pre-dump, such as --tcp-established")
    private List<String> dumpArguments = List.of();

    @Override
    public Integer call() throws Exception {
        log.apply();
        validate();
        Posix.keepMemoryPrivate();
        Installation.hold();
        Function<Channel, SslHandler> handlers = tlsHandlers();
        DumpFolder folder = DumpFolder.of(Optional.ofNullable(imagesDir));
        Migration migration = migration(folder.path(), handlers);
        return Termination.run(() -> run(migration, folder), migration::stop);
    }

    /** Deletes the temporary folder before it returns, since no clean-up follows a signal. */
    private int run(Migration migration, DumpFolder folder) throws Exception {
        try (folder;
                migration) {
            MigrationReport result;
            Runnable stopProgress =
                    ProgressReporter.start(migration::progress, () -> TreeMemory.bytes(pid));
            try {
                result = migration.run();
            } finally {
                stopProgress.run();
            }
            return report(result);
        }
    }

    private Migration migration(Path folder, Function<Channel, SslHandler> handlers)
            throws IOException {
        MigrationPlan plan =
                new MigrationPlan(criu, pid, folder, rounds, !noRestore, dumpArguments);
        ChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        return lazy
                ? Migration.lazy(plan, config(), handlers, launcher)
                : Migration.push(plan, config(), handlers, launcher);
    }

    private int report(MigrationReport report) throws IOException {
        MigrationReporter.print(report, System.out, System.err);
        if (json != null) {
            MigrationReporter.append(report, json);
        }
        return report.exitCode();
    }

    private SourceConfig config() throws IOException {
        return new SourceConfig(
                destination.address(),
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

    private void validate() throws IOException {
        Arguments.requireBehindEnd(commandLine(), dumpArguments);
        destination.validate(commandLine(), tls.policy(commandLine()));
        if (!Files.isDirectory(Path.of("/proc/" + pid))) {
            throw wrong("--pid " + pid + ": there is no such process");
        }
        requireSessionNames();
        requireLazyCombination();
        for (String argument : dumpArguments) {
            DumpArguments.fault(argument)
                    .or(() -> lazy ? DumpArguments.faultWhereLazy(argument) : Optional.empty())
                    .ifPresent(
                            fault -> {
                                throw wrong("-- " + argument + ": " + fault);
                            });
        }
        if (json != null) {
            MigrationReporter.requireWritable(json);
        }
    }

    private void requireLazyCombination() {
        if (lazy && noRestore) {
            throw wrong(
                    "--lazy and --no-restore exclude each other: --lazy sends the pages to the"
                            + " restored tree and writes no images of them; leave one out");
        }
        if (lazy && rounds.most() > 0) {
            throw wrong(
                    "--lazy and --rounds exclude each other: a lazy restore does not read the images"
                            + " that rounds have written; leave one out");
        }
    }

    private void requireSessionNames() {
        if (session == null && rounds.most() > 0) {
            throw wrong(
                    "--rounds needs --session NAME: the rounds are the sessions NAME-1, NAME-2,"
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

    /** Watches connected peers until the process exits, which it does after the migration. */
    private Function<Channel, SslHandler> tlsHandlers() throws TlsConfigException {
        PeerPolicy policy = tls.policy(commandLine());
        ReloadingTlsContexts contexts = destination.tlsContexts(tls, policy);
        return ConnectedPeers.start(contexts, policy, revocation.onRevocation())
                .watching(destination.tlsHandlers(contexts, timeouts.timeouts().handshake()));
    }
}
