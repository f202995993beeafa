package io.pageproxy.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The option {@code --config}, which {@link Arguments} replaces before the command line is parsed.
 */
public final class ConfigOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "take options from this file: a line each, such as connect = host:9999; what"
                            + " the command line says wins")
    @SuppressWarnings("DoNotCallSuggester") // picocli calls it
    void refuse(Path file) {
        throw new ParameterException(
                command.commandLine(),
                "--config " + file + ": goes on the command line itself, not into an @file");
    }
}
