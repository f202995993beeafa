package io.pageproxy.source;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.DumperEnd;
import java.util.Optional;

/**
 * The end of one session.
 *
 * @param accepted whether the destination accepted it
 * @param report its report
 * @param dumper how the dumper that we started has ended; empty if we started none
 */
public record SessionEnd(boolean accepted, SessionReport report, Optional<DumperEnd> dumper) {

    /** Whether a dumper came. */
    public boolean carried() {
        return report.totals().records() > 0;
    }

    /** Whether the next session would fail too, since this host is at fault. */
    public boolean hopeless() {
        return report.outcome().reason() == CloseReason.LOCAL_FAILURE
                && report.outcome().side() == Side.SOURCE;
    }

    /**
     * The exit code of a proxy that ran this session only: that of the dumper if we started it and
     * its pages have arrived.
     */
    public int exitCode() {
        return report.outcome().good()
                ? dumper.map(end -> end.status().shellCode()).orElse(0)
                : report.exitCode();
    }
}
