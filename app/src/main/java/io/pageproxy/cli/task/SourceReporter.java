package io.pageproxy.cli.task;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.status.LiveSession;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports events on standard output, in the log and to the status.
 *
 * @param reporter reports finished sessions
 * @param status is told what becomes of sessions
 * @param output where the address is printed
 */
record SourceReporter(Consumer<SessionReport> reporter, TaskStatus status, TaskOutput output)
        implements SourceObserver {
    private static final Logger LOG = LoggerFactory.getLogger(SourceReporter.class);

    @Override
    public void onSessionBegins(LiveSession session) {
        status.sessionStarted(session);
    }

    @Override
    public void onAccepted(Accept accept) {
        status.accepted();
        LOG.info(
                "accepted by {} page-server={} records={}B images={} lanes={}",
                accept.agent(),
                accept.criuVersion(),
                accept.layout().bytes(),
                accept.imagesFolder(),
                accept.grant().lanes());
    }

    @Override
    public void onListening(Endpoint address) {
        output.out().println("listening " + address);
        output.out().flush();
    }

    @Override
    public void onDumperRefused(String who) {
        LOG.warn("refused {}", who);
    }

    @Override
    public void onDumperGivenUp(String why) {
        LOG.warn("a dumper's next session on its connection is cut off: {}", why);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        updateStatus(status, report);
        reporter.accept(report);
    }

    /** A session that failed before its first page failed because of the destination. */
    static void updateStatus(TaskStatus status, SessionReport report) {
        status.sessionEnded(report);
        if (!report.outcome().good() && report.totals().records() == 0) {
            status.couldNotBegin(
                    "the last session could not begin: "
                            + report.outcome().reason().label()
                            + ": "
                            + report.outcome().message());
        }
    }
}
