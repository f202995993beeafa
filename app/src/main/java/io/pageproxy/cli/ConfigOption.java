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
                    "read options from this file, one per line, such as connect = host:9999;"
                            + " options on the command line take precedence")
    @SuppressWarnings("DoNotCallSuggester") // picocli calls it
    void refuse(Path file) {
        throw new ParameterException(
                command.commandLine(),
                "--config " + file + ": belongs on the command line itself, not into an @file");
    }
}
