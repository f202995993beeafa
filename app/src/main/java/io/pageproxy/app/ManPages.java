package io.pageproxy.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes a man page for each command, in the language of man(7), from the same model as {@code
 * --help}. The build runs it.
 */
public final class ManPages {
    private static final Help.Ansi PLAIN = Help.Ansi.OFF;

    private final StringBuilder page = new StringBuilder();

    private ManPages() {}

    /** Writes the pages of all commands into the folder {@code args[0]}. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        write(Main.commandLine(), folder);
    }

    private static void write(CommandLine command, Path folder) throws IOException {
        Files.writeString(folder.resolve(name(command.getCommandSpec()) + ".1"), of(command));
        for (CommandLine subcommand : command.getSubcommands().values()) {
            if (!(subcommand.getCommand() instanceof HelpCommand)) {
                write(subcommand, folder);
            }
        }
    }

    /** Returns the man page of a command. */
    static String of(CommandLine command) {
        return new ManPages().render(command);
    }

    private String render(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        String version = spec.root().version().length == 0 ? "" : spec.root().version()[0];
        String summary = String.join(" ", spec.usageMessage().description());
        page.append(".TH \"" + name(spec).toUpperCase(Locale.ROOT) + "\" 1 \"\" ");
        page.append("\"" + version + "\" \"pageproxy\"\n");
        section("NAME");
        page.append(text(name(spec)) + " \\- " + text(summary) + "\n");
        section("SYNOPSIS");
        page.append(".nf\n" + text(new Help(spec, PLAIN).synopsis(0).strip()) + "\n.fi\n");
        if (!spec.positionalParameters().isEmpty() || !spec.options().isEmpty()) {
            section("OPTIONS");
            spec.options().stream().filter(option -> !option.hidden()).forEach(this::option);
            spec.positionalParameters().forEach(this::parameter);
        }
        commands(command.getSubcommands());
        if (spec.usageMessage().footer().length > 0) {
            section("EXAMPLE");
            page.append(".nf\n" + lines(spec.usageMessage().footer()) + "\n.fi\n");
        }
        section("EXIT STATUS");
        page.append(
                "0: done. 1: failed here. 2: wrong usage. 3: a peer was not who it must be, or\n");
        page.append(
                "is not allowed. 4: the protocol was broken. 5: the page server failed, or its\n");
        page.append("images are not whole. 6: the peer was lost.\n");
        section("SEE ALSO");
        page.append(
                "The documentation beside the program: README.md, docs/reference/options.md.\n");
        return page.toString();
    }

    private void option(OptionSpec option) {
        String names = String.join(", ", option.names());
        boolean takesValue = option.arity().max() > 0;
        entry(takesValue ? names + " " + option.paramLabel() : names, option);
    }

    private void parameter(PositionalParamSpec parameter) {
        entry(parameter.paramLabel(), parameter);
    }

    private void entry(String label, ArgSpec argument) {
        page.append(".TP\n.B " + text(label) + "\n");
        page.append(lines(argument.description()) + "\n");
    }

    private void commands(Map<String, CommandLine> subcommands) {
        if (!subcommands.isEmpty()) {
            section("COMMANDS");
        }
        subcommands.forEach(
                (name, subcommand) -> {
                    String[] description = subcommand.getCommandSpec().usageMessage().description();
                    page.append(".TP\n.B " + text(name) + "\n" + lines(description) + "\n");
                });
    }

    private void section(String title) {
        page.append(".SH " + title + "\n");
    }

    private static String name(CommandSpec spec) {
        return spec.qualifiedName("-");
    }

    private static String lines(String[] lines) {
        return Arrays.stream(lines)
                .map(line -> text(PLAIN.string(line)))
                .collect(Collectors.joining("\n"));
    }

    /** Escapes text for groff: backslashes, hyphens, and what a line must not begin with. */
    private static String text(String text) {
        return text.lines()
                .map(line -> line.replace("\\", "\\e").replace("-", "\\-"))
                .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
                .collect(Collectors.joining("\n"));
    }
}
