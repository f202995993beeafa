package io.pageproxy.cli.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.ConfigOption;
import io.pageproxy.cli.ProgressReporter;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.options.RevocationOptions;
import io.pageproxy.cli.options.TimeoutOptions;
import io.pageproxy.cli.options.TlsOptions;
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
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pageproxy migrate}. */
@Command(
        name = "migrate",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Moves a process tree: dumps it, sends pages and images over mutual TLS, and has it",
            "restored at the destination (pageproxy dest --allow-restore). The tasks here end only",
            "when the copy there is ready to run; after a failure before that they run on here."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  pageproxy migrate --pid 4711 --connect dest.example:9999 --cert source.pem \\",
            "      --key source-key.pem --ca ca.pem --session web"
        })
public final class MigrateCommand implements Callable<Integer> {

    @Option(
            names = "--pid",
            required = true,
            paramLabel = "PID",
            description = "root of the tree to move")
    private long pid;

    @Mixin private DestinationOptions destination;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description = "folder for the images below the destination's --images-dir")
    private String session;

    @Option(
            names = {"-D", "--images-dir"},
            paramLabel = "DIR",
            description =
                    "images folder of the dump, for everything but pages (default: a private"
                            + " temporary folder, deleted afterwards)")
    private Path imagesDir;

    @Option(
            names = "--rounds",
            paramLabel = "N|auto",
            converter = RoundsConverter.class,
            description =
                    "number of criu pre-dumps before the dump, 1 to 32, while the tasks run; auto:"
                            + " at most 8, as long as each shrinks by a quarter and has more than"
                            + " 4 MiB of pages. Their sessions are NAME-1, NAME-2, ..."
                            + " (default: none)")
    private RoundsChoice rounds = RoundsChoice.NONE;

    @Option(
            names = "--lazy",
            description = {
                "let the tree run at the destination before its memory is there: the pages that it",
                "touches are fetched, then the rest. The tasks here stay frozen until the last page",
                "has arrived; a failure before that ends the copy there, and they run on here. If",
                "the source host dies in that time, the tree is lost"
            })
    private boolean lazy;

    @Option(
            names = "--no-restore",
            description =
                    "send the images only, for a restore by hand: the tasks here end when all images"
                            + " are whole there")
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
            description = "append the report of the migration to this file, as one JSON object")
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
            description = "further options of criu dump (and pre-dump), such as --tcp-established")
    private List<String> dumpArguments = List.of();

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        log.apply();
        validate();
        Posix.keepMemoryPrivate();
        Function<Channel, SslHandler> handlers = tlsHandlers();
        DumpFolder folder = DumpFolder.of(Optional.ofNullable(imagesDir));
        Migration migration = migration(folder.path(), handlers);
        return Termination.run(() -> run(migration, folder), migration::stop);
    }

    /** Deletes the temporary folder before it returns: after a signal nothing else runs. */
    private int run(Migration migration, DumpFolder folder) throws Exception {
        try (folder;
                migration) {
            ProgressReporter progress = ProgressReporter.start(migration::progress);
            try {
                return report(migration.run());
            } finally {
                progress.stop();
            }
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
                Version.agent());
    }

    private void validate() throws IOException {
        Arguments.requireBehindEnd(spec.commandLine(), dumpArguments);
        destination.validate(spec.commandLine(), tls.policy(spec.commandLine()));
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
                    "--lazy and --no-restore exclude each other: with --lazy the pages go to the"
                            + " restored tree, and there are no images of them; leave one out");
        }
        if (lazy && rounds.most() > 0) {
            throw wrong(
                    "--lazy and --rounds exclude each other: what a round has brought is in images,"
                            + " which a lazy restore does not read; leave one out");
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

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Connected peers are watched until the process ends, which is when the migration is over. */
    private Function<Channel, SslHandler> tlsHandlers() throws TlsConfigException {
        PeerPolicy policy = tls.policy(spec.commandLine());
        ReloadingTlsContexts contexts =
                ReloadingTlsContexts.client(
                        tls.files(),
                        tls.unsafeKeyPermissions(),
                        policy,
                        destination.verifiesName());
        return ConnectedPeers.start(contexts, policy, revocation.onRevocation())
                .watching(destination.tlsHandlers(contexts, timeouts.timeouts().handshake()));
    }
}
