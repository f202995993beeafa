package io.pageproxy.cli.task;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.lazy.LazyObserver;
import io.pageproxy.status.LiveSession;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the events of a lazy session.
 *
 * @param lazyPages the address that CRIU must listen on
 * @param reporter reports finished sessions
 * @param status is told what becomes of sessions
 * @param output where the states are printed
 */
record LazyReporter(
        HostPort lazyPages, Consumer<SessionReport> reporter, TaskStatus status, TaskOutput output)
        implements LazyObserver {
    private static final Logger LOG = LoggerFactory.getLogger(LazyReporter.class);

    @Override
    public void onSessionBegins(LiveSession session) {
        status.sessionStarted(session);
    }

    @Override
    public void onReady(Accept accept) {
        status.accepted();
        LOG.info(
                "accepted by {} lazy-pages={} records={}B",
                accept.agent(),
                accept.criuVersion(),
                accept.layout().bytes());
        printState("ready");
    }

    @Override
    public void onServing() {
        printState("serving");
    }

    private void printState(String word) {
        output.out().println(word + " " + lazyPages);
        output.out().flush();
    }

    @Override
    public void onSessionOver(SessionReport report) {
        SourceReporter.updateStatus(status, report);
        reporter.accept(report);
    }
}
