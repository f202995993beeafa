package io.pageproxy.app;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code pageproxy help}: prints what {@code --help} of a command prints. Unlike picocli's own help
 * command it also takes the command of a command, such as {@code help certs issue}.
 */
@Command(
        name = "help",
        description = "Show the help of a command, such as: pageproxy help certs issue.")
final class HelpCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "the command to explain")
    private List<String> names = List.of();

    @Override
    public void run() {
        CommandLine command = spec.parent().commandLine();
        for (String name : names) {
            CommandLine named = command.getSubcommands().get(name);
            if (named == null) {
                throw new ParameterException(
                        command,
                        "'"
                                + name
                                + "' is no command of "
                                + command.getCommandSpec().qualifiedName());
            }
            command = named;
        }
        PrintWriter out = spec.commandLine().getOut();
        command.usage(out);
        out.flush();
    }
}
