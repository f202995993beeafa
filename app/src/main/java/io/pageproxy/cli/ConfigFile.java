package io.pageproxy.cli;

import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * An options file of a command with one {@code option = value} per line; the option is its long
 * name without dashes. A value extends to the end of the line and needs no quotes; options without
 * a value take {@code true} or {@code false}. Lines that start with {@code #} are comments.
 * Repeatable options may occur several times.
 */
final class ConfigFile {
    private static final Set<String> EXCLUDED = Set.of("config", "help", "version");

    private final CommandLine command;
    private final Path file;
    private final Map<OptionSpec, List<String>> words = new LinkedHashMap<>();

    private ConfigFile(CommandLine command, Path file) {
        this.command = command;
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @throws ParameterException if a line is invalid; the message names file and line
     * @throws IOException if the file cannot be read; the message names it
     */
    static ConfigFile read(CommandLine command, Path file) throws IOException {
        ConfigFile config = new ConfigFile(command, file);
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new IOException("--config " + file + ": no such file; check the path", e);
        } catch (IOException e) {
            throw new IOException("--config " + file + " cannot be read: " + FailureText.of(e), e);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                config.add(line, i + 1);
            }
        }
        return config;
    }

    /**
     * Returns its options as command line arguments, except for those given on the command line.
     */
    List<String> wordsWithout(Set<OptionSpec> given) {
        List<String> all = new ArrayList<>();
        words.forEach(
                (option, own) -> {
                    if (!given.contains(option)) {
                        all.addAll(own);
                    }
                });
        return all;
    }

    private void add(String line, int number) {
        int equals = line.indexOf('=');
        String name = (equals < 0 ? line : line.substring(0, equals)).strip();
        String value = equals < 0 ? "" : line.substring(equals + 1).strip();
        OptionSpec option =
                EXCLUDED.contains(name) ? null : command.getCommandSpec().findOption("--" + name);
        if (option == null) {
            throw wrong(number, "'" + name + "' is no option of this command: " + remedy(name));
        }
        if (value.isEmpty()) {
            throw wrong(number, name + " has no value: write " + name + " = VALUE");
        }
        if (words.containsKey(option) && !option.isMultiValue()) {
            throw wrong(number, name + " is given twice: leave one out");
        }
        List<String> own = words.computeIfAbsent(option, first -> new ArrayList<>());
        if (!isFlag(option)) {
            own.add("--" + name + "=" + value);
        } else if (isOn(name, value, number)) {
            own.add("--" + name);
        }
    }

    private static boolean isFlag(OptionSpec option) {
        return option.arity().max() == 0;
    }

    private boolean isOn(String name, String value, int number) {
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(number, name + " = " + value + ": takes true or false");
        }
        return value.equals("true");
    }

    private static String remedy(String name) {
        return name.startsWith("-")
                ? "write it without dashes"
                : "see --help for the options, which are written here without dashes";
    }

    private ParameterException wrong(int number, String message) {
        return new ParameterException(
                command, "--config " + file + ", line " + number + ": " + message);
    }
}
