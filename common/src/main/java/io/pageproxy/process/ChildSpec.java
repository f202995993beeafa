package io.pageproxy.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to run, in one of two forms.
 *
 * <ul>
 *   <li><b>With an output file</b> the child is detached: standard input is {@code /dev/null},
 *       standard output and error are appended to the file (made with mode 0600), and it leads a
 *       session of its own. So the terminal's Ctrl-C and hang-up reach only us, who then end the
 *       child in good order, and whatever it has started ends with it. All its signals have their
 *       default action.
 *   <li><b>Without one</b> it is a foreground command: it shares our terminal, our standard streams
 *       and our process group, Ctrl-C reaches it too, and a signal that was ignored when we started
 *       (by {@code nohup}) stays ignored.
 *   <li><b>In a session of its own</b>, by {@link #inOwnSession}, it is detached in every way, but
 *       its output is ours.
 * </ul>
 *
 * @param command the program and its arguments; a program without a slash is looked up on our
 *     {@code PATH}
 * @param environment the child's whole environment, exactly; nothing of ours is added; what the
 *     locale's charset lacks arrives as question marks, since a stray variable should not stop a
 *     dump
 * @param outputFile where its output goes, or empty for the foreground form
 * @param kept a descriptor of ours that the child has too, as {@link
 *     ChildLauncher#KEPT_DESCRIPTOR}, and that is open for as long as it lives; 5 or more, stays
 *     the caller's
 * @param detached whether it leads a session of its own; always so with an output file
 */
public record ChildSpec(
        List<String> command,
        Map<String, String> environment,
        Optional<Path> outputFile,
        OptionalInt kept,
        boolean detached) {

    /** One that is detached where it has an output file. */
    public ChildSpec(
            List<String> command,
            Map<String, String> environment,
            Optional<Path> outputFile,
            OptionalInt kept) {
        this(command, environment, outputFile, kept, outputFile.isPresent());
    }

    /** One that gets no descriptor of ours. */
    public ChildSpec(
            List<String> command, Map<String, String> environment, Optional<Path> outputFile) {
        this(command, environment, outputFile, OptionalInt.empty());
    }

    /**
     * @throws IllegalArgumentException if the command is empty, or a string is one that the system
     *     cannot pass on: one with a NUL character, or a variable's name that is empty or has an
     *     equals sign
     */
    public ChildSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        detached |= outputFile.isPresent();
        if (command.isEmpty() || command.get(0).isEmpty()) {
            throw new IllegalArgumentException("command names no program: " + command);
        }
        command.forEach(word -> requireNoNul("command word", word));
        environment.forEach(ChildSpec::requireVariable);
    }

    /** The same, in a session of its own. */
    public ChildSpec inOwnSession() {
        return new ChildSpec(command, environment, outputFile, kept, true);
    }

    /** The first word of the command. */
    public String program() {
        return command.get(0);
    }

    private static void requireVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException(
                    "not the name of an environment variable: '" + name + "'");
        }
        requireNoNul("environment variable", name);
        requireNoNul("value of the environment variable " + name, value);
    }

    private static void requireNoNul(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    what + " has a NUL character: " + text.replace('\0', '?'));
        }
    }
}
