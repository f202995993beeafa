package io.pageproxy.source;

import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.util.Optional;

/**
 * What came of one session.
 *
 * @param accepted whether the destination took it
 * @param report all there is to say of it
 * @param dumper how the dumper ended that we have started; empty where there was none
 */
public record SessionEnd(boolean accepted, SessionReport report, Optional<ExitStatus> dumper) {

    /** Whether a dumper came. */
    public boolean carried() {
        return report.totals().records() > 0;
    }

    /** Whether the next one would fail alike, since this host is at fault. */
    public boolean hopeless() {
        return report.outcome().reason() == CloseReason.LOCAL_FAILURE
                && report.outcome().side() == Side.SOURCE;
    }

    /**
     * The dumper's own where we have started one and its pages were whole, be it judged here or
     * elsewhere.
     */
    public int exitCode() {
        return report.outcome().good()
                ? dumper.map(ExitStatus::shellCode).orElse(0)
                : report.exitCode();
    }
}
