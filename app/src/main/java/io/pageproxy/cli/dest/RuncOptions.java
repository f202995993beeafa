package io.pageproxy.cli.dest;

import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.ArgumentOfProgram;
import io.pageproxy.cli.options.RuncProgramOptions;
import io.pageproxy.dest.restore.RuncRestores;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.runc.CheckpointArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of restores of containers. */
final class RuncOptions {
    @Option(
            names = "--runc-bundles",
            paramLabel = "DIR",
            description =
                    "with --allow-restore: also restore containers of runc, for pageproxy migrate"
                            + " --runc ID; each from the bundle DIR/ID, which must be there with its"
                            + " root file system")
    private Path bundles;

    @Option(
            names = "--runc-arg",
            paramLabel = "ARG",
            preprocessor = ArgumentOfProgram.class,
            description = "pass this argument to runc restore (repeatable), such as --file-locks")
    private List<String> arguments = List.of();

    @Mixin private RuncProgramOptions program;

    /**
     * Rejects contradictory options.
     *
     * @param restoresUser whether only trees of one user are restored
     * @param separates whether root's part is another process
     * @throws ParameterException with the problem and its remedy
     */
    void validate(
            CommandLine command, boolean allowsRestore, boolean restoresUser, boolean separates) {
        if (bundles == null) {
            if (!arguments.isEmpty() || program.isGiven()) {
                throw new ParameterException(
                        command,
                        "--runc-arg, --runc-root and --runc-program are for --runc-bundles: give"
                                + " that too, or leave them out");
            }
            return;
        }
        String option = "--runc-bundles " + bundles;
        if (!allowsRestore) {
            throw new ParameterException(
                    command, option + " is for --allow-restore: give that too, or leave out both");
        }
        if (separates) {
            throw new ParameterException(
                    command,
                    option
                            + " and --user exclude each other: root's part restores only process"
                            + " trees; leave one out");
        }
        if (restoresUser) {
            throw new ParameterException(
                    command,
                    option
                            + " and --restore-user exclude each other: the tasks of a container run"
                            + " as its images say; leave one out");
        }
        if (!Files.isDirectory(bundles)) {
            throw new ParameterException(command, option + ": there is no such folder");
        }
        for (String argument : arguments) {
            CheckpointArguments.fault(argument)
                    .ifPresent(
                            fault -> {
                                throw new ParameterException(
                                        command, "--runc-arg " + argument + ": " + fault);
                            });
        }
    }

    /**
     * What restores containers, if that is allowed.
     *
     * @param criu the program that runc is to use
     * @param shared arguments besides those for runc alone
     * @throws IOException if there is no runc
     */
    Optional<RuncRestores> restores(String criu, List<String> shared) throws IOException {
        return bundles == null
                ? Optional.empty()
                : Optional.of(
                        new RuncRestores(
                                new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES),
                                program.program(WorkingDirectory.OF_PROCESS),
                                criu,
                                bundles.toAbsolutePath(),
                                Stream.concat(arguments.stream(), shared.stream())
                                        .distinct()
                                        .toList()));
    }
}
