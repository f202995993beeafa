package io.pageproxy.cli.source;

import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.source.SourceConfig;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Options of a source's sessions: their names, their parents, and how many there may be at once.
 */
final class SessionOptions {
    private static final int MAX_CONCURRENT = 64;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description =
                    "the folder of the images below the destination's --images-dir, such as web/2;"
                            + " {n} stands for the session's number")
    private String name;

    @Option(
            names = "--parent",
            paramLabel = "NAME",
            description =
                    "the parent of this session (iterative migration); {last}: the last"
                            + " successful one of this source, if any")
    private String parent;

    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "maximum number of concurrent sessions, 1 to 64; each 'listening' that is printed"
                            + " admits one more dumper; they share --page-window (default:"
                            + " ${DEFAULT-VALUE})")
    private int concurrent;

    /** The name, with {n} in place of the session's number. */
    Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /** The parent's name, or {@link SourceConfig#LAST_SESSION}. */
    Optional<String> parent() {
        return Optional.ofNullable(parent);
    }

    /** How many sessions there may be at once; 1 unless given. */
    int concurrent() {
        return concurrent;
    }

    /**
     * Rejects a name that no session can have.
     *
     * @throws ParameterException with the problem
     */
    void requireName(CommandLine command) {
        requireName(command, "--session", name);
    }

    private static void requireName(CommandLine command, String flag, String name) {
        try {
            if (name != null) {
                new SessionName(name.replace("{n}", "1"));
            }
        } catch (SessionException e) {
            throw new ParameterException(command, flag + ": " + e.getMessage());
        }
    }

    /**
     * Rejects contradictory options.
     *
     * @param listens whether dumpers connect
     * @param once whether there is one session only
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command, boolean listens, boolean once) {
        requireName(command);
        boolean last = SourceConfig.LAST_SESSION.equals(parent);
        boolean distinct = listens && name != null && name.contains("{n}");
        if (!last) {
            requireName(command, "--parent", parent);
        } else if (!distinct) {
            throw new ParameterException(
                    command,
                    "--parent {last} is for several sessions: give --listen, and --session a name"
                            + " with {n} for their number");
        }
        if (concurrent != 1) {
            validateConcurrent(command, distinct, once, last);
        }
    }

    private void validateConcurrent(
            CommandLine command, boolean distinct, boolean once, boolean last) {
        String given = "--max-sessions " + concurrent;
        if (concurrent < 1 || concurrent > MAX_CONCURRENT) {
            throw new ParameterException(command, given + " is not from 1 to " + MAX_CONCURRENT);
        }
        if (!distinct) {
            throw new ParameterException(
                    command,
                    given + ": give --listen, and --session a name with {n} for their number");
        }
        if (once || last) {
            throw new ParameterException(
                    command,
                    given
                            + " excludes --once, which is for one session, and --parent {last}, where"
                            + " each waits for the one before: leave one out");
        }
    }
}
