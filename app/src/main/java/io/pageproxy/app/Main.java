package io.pageproxy.app;

import io.pageproxy.app.bench.BenchCommand;
import io.pageproxy.app.demo.DemoCommand;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.CommandErrors;
import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.LogProvider;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.certs.CertsCommand;
import io.pageproxy.cli.check.CheckCommand;
import io.pageproxy.cli.dest.DestCommand;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.source.MigrateCommand;
import io.pageproxy.cli.source.SourceCommand;
import io.pageproxy.session.CloseReason;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root command, which only runs its subcommands and returns their exit codes. */
@Command(
        name = "pageproxy",
        description = "A pair of proxies that make CRIU's page server safe between hosts.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements CommandTree, Runnable {

    /** By name: to read it from the annotation would load what each of them refers to. */
    private static final Map<String, Class<?>> SUBCOMMANDS = subcommands();

    private static final Set<Class<?>> ABOUT_OTHERS =
            Set.of(HelpCommand.class, GenerateCompletion.class);

    @Spec private CommandSpec spec;

    private Main() {}

    /** Runs the command line {@code args} and exits with its exit code. */
    public static void main(String[] args) {
        LogProvider.use();
        LogOptions.applyDefaults();
        System.exit(execute(commandLine(args), args));
    }

    /** Runs a command line and returns its exit code. */
    static int execute(CommandLine command, String... args) {
        try {
            return command.execute(Arguments.prepare(command, args));
        } catch (ParameterException error) {
            return explain(error);
        } catch (IOException e) {
            command.getErr().println("pageproxy: " + e.getMessage());
            return CloseReason.LOCAL_FAILURE.exitCode();
        }
    }

    /**
     * Creates the command line. If the arguments start with the name of a subcommand, only that one
     * is built, because building all of them takes a tenth of the start-up time. The subcommands
     * that speak about the others see all of them.
     */
    static CommandLine commandLine(String... args) {
        CommandLine command = new CommandLine(new Main());
        Class<?> named = args.length > 0 ? SUBCOMMANDS.get(args[0]) : null;
        if (named != null && !ABOUT_OTHERS.contains(named)) {
            command.addSubcommand(args[0], named);
        } else {
            SUBCOMMANDS.forEach(command::addSubcommand);
        }
        return command.setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new CommandErrors())
                .setParameterExceptionHandler((error, words) -> explain(error));
    }

    @Override
    public CommandLine newCommandLine(String... arguments) {
        return commandLine(arguments);
    }

    private static Map<String, Class<?>> subcommands() {
        Map<String, Class<?>> byName = new LinkedHashMap<>();
        byName.put("demo", DemoCommand.class);
        byName.put("check", CheckCommand.class);
        byName.put("certs", CertsCommand.class);
        byName.put("dest", DestCommand.class);
        byName.put("source", SourceCommand.class);
        byName.put("migrate", MigrateCommand.class);
        byName.put("bench", BenchCommand.class);
        byName.put("help", HelpCommand.class);
        byName.put("generate-completion", GenerateCompletion.class);
        return byName;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** Prints a usage error and where to find help on standard error. */
    private static int explain(ParameterException error) {
        CommandLine command = error.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("pageproxy: " + SafeText.lines(String.valueOf(error.getMessage())));
        UnmatchedArgumentException.printSuggestions(error, err);
        if (error instanceof UnmatchedArgumentException && startsCommands(command)) {
            err.println("A command to start goes behind --, after all options.");
        }
        err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static boolean startsCommands(CommandLine command) {
        return command.getCommandSpec().positionalParameters().stream()
                .anyMatch(words -> words.paramLabel().startsWith("--"));
    }
}
