package io.pageproxy.process;

import io.pageproxy.text.SafeText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How to run a child.
 *
 * <ul>
 *   <li><b>With an output file</b> the child is detached: standard input is {@code /dev/null},
 *       standard output and error are appended to the file (created with mode 0600), and the child
 *       leads its own session. The terminal's Ctrl-C and hang-up therefore reach only this process,
 *       which then ends the child in order, and whatever the child has started ends with it. All
 *       its signals have their default action.
 *   <li><b>Without an output file</b> it is a foreground command: it shares our terminal, standard
 *       streams (but see {@link PosixChildLauncher#writingTo}) and process group, receives Ctrl-C,
 *       and a signal that was ignored when we started (by {@code nohup}) stays ignored.
 *   <li><b>In its own session</b>, by {@link #inOwnSession}, it is detached but writes to our
 *       output.
 * </ul>
 *
 * @param command the program and its arguments; a program without a slash is looked up on our
 *     {@code PATH}
 * @param environment the child's complete environment; nothing of ours is added. Characters missing
 *     in the locale's charset become question marks, because an unrelated variable must not prevent
 *     a dump
 * @param outputFile the output file, or empty for a foreground command
 * @param kept a descriptor of ours that the child inherits as {@link ChildLauncher#KEPT_DESCRIPTOR}
 *     and keeps open; 5 or more; the caller keeps ownership
 * @param detached whether it leads its own session; always true with an output file
 */
public record ChildSpec(
        List<String> command,
        Map<String, String> environment,
        Optional<Path> outputFile,
        OptionalInt kept,
        boolean detached) {

    /** Creates a spec that is detached if it has an output file. */
    public ChildSpec(
            List<String> command,
            Map<String, String> environment,
            Optional<Path> outputFile,
            OptionalInt kept) {
        this(command, environment, outputFile, kept, outputFile.isPresent());
    }

    /** Creates a spec without an inherited descriptor. */
    public ChildSpec(
            List<String> command, Map<String, String> environment, Optional<Path> outputFile) {
        this(command, environment, outputFile, OptionalInt.empty());
    }

    /**
     * @throws IllegalArgumentException if the command is empty, or a string cannot be passed to the
     *     system: one with a NUL character, or a variable name that is empty or contains an equals
     *     sign
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

    /** Returns this spec, but in its own session. */
    public ChildSpec inOwnSession() {
        return new ChildSpec(command, environment, outputFile, kept, true);
    }

    /** The program, which is the first element of the command. */
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
                    what + " has a NUL character: " + SafeText.line(text));
        }
    }
}
