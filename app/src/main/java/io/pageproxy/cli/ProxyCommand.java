package io.pageproxy.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the commands share: standard options, the layout of their help, and usage errors. */
@Command(
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footerHeading = "%nExample:%n")
public abstract class ProxyCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    /** The parsed command line. */
    protected final CommandLine commandLine() {
        return spec.commandLine();
    }

    /** Rejects the command line; the message names an option, its value and the remedy. */
    protected final ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
