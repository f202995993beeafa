package io.pageproxy.source.dumper;

import io.pageproxy.process.ExitStatus;
import java.util.Optional;

/** Ends of dumpers. */
public final class DumperEnds {
    private DumperEnds() {}

    /** The end of a {@code criu dump} that has written no log. */
    public static DumperEnd exited(int code) {
        return ended(ExitStatus.exited(code));
    }

    /** The same by a code in shell notation: 128 and a signal, if it was killed. */
    public static DumperEnd ofShellCode(int code) {
        return code > 128 ? ended(ExitStatus.killed(code - 128)) : exited(code);
    }

    /** The same by an exit code or a signal. */
    public static DumperEnd ended(ExitStatus status) {
        return new DumperEnd("criu dump", status, Optional.empty());
    }

    /** The end of a {@code criu dump} whose log ends with that text. */
    public static DumperEnd exited(int code, String log) {
        return new DumperEnd("criu dump", ExitStatus.exited(code), Optional.of(log));
    }
}
