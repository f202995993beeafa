package io.pageproxy.source.dumper;

import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.util.List;
import java.util.Optional;

/**
 * The end of a dumper that we started.
 *
 * @param program what it is, for messages: {@code criu dump}, for example
 * @param status how it ended
 * @param log the end of its log; empty if it was good, or has written no log file
 */
public record DumperEnd(String program, ExitStatus status, Optional<String> log) {

    /** The end of a command, whose log may be known to whoever started it. Blocking. */
    static DumperEnd of(List<String> command, ChildProcess child, ExitStatus status, DumpLog log) {
        DumperEnd end = of(command, status, log);
        return new DumperEnd(
                end.program, status, status.success() ? end.log : child.lastWords().or(end::log));
    }

    /**
     * The end of a command; reads its log if it has failed. Blocking.
     *
     * @param command what was started; a wrapper of CRIU counts as CRIU
     * @param log of the command, since before it began
     */
    public static DumperEnd of(List<String> command, ExitStatus status, DumpLog log) {
        String program =
                command.contains("pre-dump")
                        ? "criu pre-dump"
                        : command.contains("dump")
                                ? "criu dump"
                                : command.contains("checkpoint") ? "runc checkpoint" : "the dumper";
        return new DumperEnd(program, status, status.success() ? Optional.empty() : log.tail());
    }

    /**
     * The failure of a dumper that has ended before it was told of success.
     *
     * @param consequences what follows if it was not killed, for the end of the message
     */
    public Outcome failedBeforeSuccess(String consequences) {
        return status.signal() == 0
                ? outcome(
                        CloseReason.DUMP_FAILED,
                        failed("before its pages were whole") + consequences)
                : outcome(
                        CloseReason.DUMPER_LOST,
                        program
                                + " was "
                                + status.describe()
                                + " before its pages were whole: check that none of its tasks is"
                                + " left stopped");
    }

    /**
     * The failure of a dumper that was told of success.
     *
     * @param consequences what follows, for the end of the message
     */
    public Outcome failedAfterSuccess(String consequences) {
        return outcome(
                CloseReason.DUMP_FAILED, failed("after its pages had arrived") + consequences);
    }

    private String failed(String when) {
        return program
                + " failed by itself "
                + when
                + " ("
                + status.describe()
                + "): "
                + log.map(tail -> "the end of its log says why")
                        .orElse("its messages on standard error say why");
    }

    /** A failure that was noticed before the dumper ended, with what its end says about it. */
    public Outcome explain(Outcome seen) {
        return status.success()
                ? seen
                : outcome(
                        seen.reason(),
                        seen.message() + "; " + program + " then ended: " + status.describe());
    }

    private Outcome outcome(CloseReason reason, String message) {
        return new Outcome(reason, Side.SOURCE, message, log);
    }
}
