package io.pageproxy.source.dumper;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads options of a command that starts CRIU. */
public final class CriuOptions {
    private CriuOptions() {}

    /** The root of the tree that a command dumps; empty if it names none. */
    public static OptionalLong tree(List<String> command) {
        return value(command, "-t", "--tree")
                .filter(pid -> pid.matches("[1-9][0-9]{0,9}"))
                .map(pid -> OptionalLong.of(Long.parseLong(pid)))
                .orElse(OptionalLong.empty());
    }

    /** The value of an option, in each form that getopt takes; the last one counts. */
    public static Optional<String> value(List<String> command, String letter, String name) {
        Optional<String> value = Optional.empty();
        for (int i = 1; i < command.size(); i++) {
            String word = command.get(i);
            if ((word.equals(letter) || word.equals(name)) && i + 1 < command.size()) {
                i++;
                value = Optional.of(command.get(i));
            } else if (word.startsWith(name + "=")) {
                value = Optional.of(word.substring(name.length() + 1));
            } else if (word.startsWith(letter) && word.length() > letter.length()) {
                value = Optional.of(word.substring(letter.length()));
            }
        }
        return value;
    }
}
