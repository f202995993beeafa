package io.pageproxy.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ListIterator;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Preprocesses a command line before picocli parses it: {@code --config FILE} is replaced by the
 * options in the file, and a command behind {@code --} is protected from picocli's {@code @file}
 * expansion, which applies only to our own options.
 */
public final class Arguments {
    private static final String END_OF_OPTIONS = "--";
    private static final String CONFIG = "--config";
    private static final String FILE_PREFIX = "@";

    private Arguments() {}

    /**
     * Returns the arguments to parse.
     *
     * @param root the command whose subcommand is the first argument
     * @throws ParameterException if the file contains an unknown option or invalid value
     * @throws IOException if the file cannot be read; the message names it
     */
    public static String[] prepare(CommandLine root, String... words) throws IOException {
        return prepare(root, WorkingDirectory.OF_PROCESS, words);
    }

    /**
     * Does the same for a command line that was typed elsewhere.
     *
     * @param directory from which the names of files count
     */
    public static String[] prepare(CommandLine root, WorkingDirectory directory, String... words)
            throws IOException {
        List<String> own = new ArrayList<>(List.of(words));
        int end = own.indexOf(END_OF_OPTIONS);
        List<String> behind = end < 0 ? List.of() : List.copyOf(own.subList(end, own.size()));
        own = own.subList(0, end < 0 ? own.size() : end);
        CommandLine command = own.isEmpty() ? null : root.getSubcommands().get(own.get(0));
        if (command != null && command.getCommandSpec().findOption(CONFIG) != null) {
            insertConfig(command, directory, own);
        }
        List<String> all = new ArrayList<>();
        own.forEach(word -> all.add(inDirectory(directory, word)));
        behind.forEach(word -> all.add(word.startsWith(FILE_PREFIX) ? FILE_PREFIX + word : word));
        return all.toArray(String[]::new);
    }

    /**
     * Rejects a command to start, or its options, that does not follow {@code --}, because it would
     * otherwise be run with a misplaced argument.
     *
     * @param command the command with these positional arguments
     * @throws ParameterException naming the first of them
     */
    public static void requireBehindEnd(CommandLine command, List<String> words) {
        List<String> all = command.getParseResult().originalArgs();
        int end = all.indexOf(END_OF_OPTIONS);
        int behind = end < 0 ? 0 : all.size() - end - 1;
        if (words.size() > behind) {
            throw new ParameterException(
                    command,
                    "'"
                            + words.get(0)
                            + "' is no option; a command to start goes behind --, after all"
                            + " options");
        }
    }

    /**
     * picocli replaces {@code @FILE} by the arguments in that file, and {@code @@} by {@code @}.
     */
    private static String inDirectory(WorkingDirectory directory, String word) {
        boolean file = word.startsWith(FILE_PREFIX) && !word.startsWith(FILE_PREFIX + FILE_PREFIX);
        return file && word.length() > 1
                ? FILE_PREFIX + directory.resolve(Path.of(word.substring(1)))
                : word;
    }

    private static void insertConfig(
            CommandLine command, WorkingDirectory directory, List<String> own) throws IOException {
        Optional<Path> file = takeConfig(command, own).map(directory::resolve);
        if (file.isPresent()) {
            own.addAll(1, ConfigFile.read(command, file.get()).wordsWithout(given(command, own)));
        }
    }

    /** Removes {@code --config FILE} or {@code --config=FILE} from the arguments. */
    private static Optional<Path> takeConfig(CommandLine command, List<String> own) {
        Optional<Path> file = Optional.empty();
        ListIterator<String> words = own.listIterator(1);
        while (words.hasNext()) {
            String word = words.next();
            if (!nameOf(word).equals(CONFIG)) {
                continue;
            }
            words.remove();
            if (file.isPresent()) {
                throw new ParameterException(command, word + ": only one file is allowed");
            }
            file = Optional.of(Path.of(valueOf(command, word, words)));
        }
        return file;
    }

    private static String valueOf(
            CommandLine command, String word, ListIterator<String> following) {
        if (!word.equals(CONFIG)) {
            return word.substring(CONFIG.length() + 1);
        }
        if (!following.hasNext()) {
            throw new ParameterException(command, CONFIG + ": the name of a file is missing");
        }
        String value = following.next();
        following.remove();
        return value;
    }

    private static Set<OptionSpec> given(CommandLine command, List<String> own) {
        Set<OptionSpec> given = new HashSet<>();
        for (String word : own) {
            OptionSpec option = command.getCommandSpec().findOption(nameOf(word));
            if (word.startsWith("-") && option != null) {
                given.add(option);
            }
        }
        return given;
    }

    private static String nameOf(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }
}
