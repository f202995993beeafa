package io.pageproxy.runc;

import io.pageproxy.posix.Mounts;
import io.pageproxy.process.ProgramAnswer;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The runc of this host, and what it is asked. Blocking; any thread.
 *
 * @param program its path, or a name on PATH
 * @param root the folder with its containers' state; empty: runc's own choice, /run/runc for root
 */
public record RuncProgram(String program, Optional<Path> root) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Path DEFAULT_ROOT = Path.of("/run/runc");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Runs the command $2... once nothing is mounted below $1; gives up after 10 s. */
    private static final String ONCE_UNMOUNTED =
            """
            tries=0
            while grep -qF " $1/" /proc/self/mountinfo; do
                tries=$((tries + 1))
                [ $tries -le 100 ] || exit 1
                sleep 0.1
            done
            shift
            exec "$@"
            """;

    /** What runc says of an id that it does not know. */
    private static final String UNKNOWN = "does not exist";

    /**
     * A command line of runc.
     *
     * @param arguments behind its global options
     */
    public List<String> command(List<String> arguments) {
        return command(List.of(), arguments);
    }

    /**
     * A command line whose messages also go to a file.
     *
     * @param log the file, to which they are appended
     */
    public List<String> loggingCommand(Path log, List<String> arguments) {
        return command(List.of("--log", log.toString()), arguments);
    }

    private List<String> command(List<String> global, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of(program));
        root.ifPresent(folder -> words.addAll(List.of("--root", folder.toString())));
        words.addAll(global);
        words.addAll(arguments);
        return words;
    }

    /**
     * The state of a container; empty if there is none of that id.
     *
     * @throws IOException if runc cannot be asked; the message says why
     */
    public Optional<ContainerState> state(String id) throws IOException {
        ProgramAnswer answer = ask(List.of("state", id));
        if (answer.exit().success()) {
            return Optional.of(ContainerState.parse(answer.out()));
        }
        if (answer.err().contains(UNKNOWN)) {
            return Optional.empty();
        }
        throw failed("state", id, answer);
    }

    /**
     * The pids of a container's tasks in our PID namespace.
     *
     * @throws IOException if runc fails
     */
    public Set<Long> tasks(String id) throws IOException {
        ProgramAnswer answer = ask(List.of("ps", "--format", "json", id));
        if (!answer.exit().success()) {
            throw failed("ps", id, answer);
        }
        return NUMBER.matcher(answer.out())
                .results()
                .map(number -> Long.valueOf(number.group()))
                .collect(Collectors.toSet());
    }

    /**
     * Lets a paused container run on.
     *
     * @throws IOException if runc fails
     */
    public void resume(String id) throws IOException {
        require("resume", id);
    }

    /**
     * Removes what is left of a container without tasks. A container that has some stays.
     *
     * <p>A restore that was killed has left the root file system mounted below the container's
     * folder of state, and runc deletes all that it finds there: it is unmounted first.
     *
     * @throws IOException if runc fails, or something stays mounted there
     */
    public void delete(String id) throws IOException {
        Mounts.unmountBelow(stateFolder(id));
        require("delete", id);
    }

    /**
     * A command that does what {@link #delete} does, when we are gone. It waits until a restore has
     * unmounted the root file system.
     *
     * @throws IOException if there is no such container
     */
    public List<String> lateDelete(String id) throws IOException {
        Path folder = stateFolder(id).toRealPath(); // As it is mounted.
        List<String> words = new ArrayList<>(List.of("sh", "-c", ONCE_UNMOUNTED, "pageproxy"));
        words.add(Mounts.escape(folder));
        words.addAll(command(List.of("delete", id)));
        return words;
    }

    /** The folder in which runc keeps the state of a container. */
    public Path stateFolder(String id) {
        return root.orElse(DEFAULT_ROOT).resolve(id);
    }

    private void require(String action, String id) throws IOException {
        ProgramAnswer answer = ask(List.of(action, id));
        if (!answer.exit().success()) {
            throw failed(action, id, answer);
        }
    }

    private IOException failed(String action, String id, ProgramAnswer answer) {
        return new IOException(
                program
                        + " "
                        + action
                        + " "
                        + id
                        + " ended with "
                        + answer.exit().describe()
                        + ": "
                        + SafeText.line(answer.err().strip()));
    }

    private ProgramAnswer ask(List<String> arguments) throws IOException {
        return ProgramAnswer.of(command(arguments), TIMEOUT);
    }
}
