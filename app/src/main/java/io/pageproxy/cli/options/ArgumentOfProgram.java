package io.pageproxy.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Reads the value of a repeatable option that is passed on to another program, and may be called
 * like an option of ours: {@code --restore-arg --tcp-established}.
 */
public final class ArgumentOfProgram implements IParameterPreprocessor {
    private static final String OF_BOTH = "--tcp-established";

    /** Takes the next word, unless it is another option of ours: then the value is missing. */
    @Override
    @SuppressWarnings("JdkObsolete") // The type is picocli's.
    public boolean preprocess(
            Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
        if (words.isEmpty() || isOurs(words.peek(), command)) {
            return false;
        }
        List<String> values = new ArrayList<>(option.<List<String>>getValue());
        values.add(words.pop());
        option.setValue(values);
        return true;
    }

    private static boolean isOurs(String word, CommandSpec command) {
        return !word.equals(OF_BOTH) && command.optionsMap().containsKey(word.split("=", 2)[0]);
    }
}
