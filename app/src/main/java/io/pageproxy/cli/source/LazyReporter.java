package io.pageproxy.cli.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.lazy.LazyObserver;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.Status;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the events of a lazy session.
 *
 * @param lazyPages the address that CRIU must listen on
 * @param reporter reports finished sessions
 * @param status the status served at {@code --status}
 */
record LazyReporter(HostPort lazyPages, Consumer<SessionReport> reporter, Status status)
        implements LazyObserver {
    private static final Logger LOG = LoggerFactory.getLogger(LazyReporter.class);

    @Override
    public void onSessionBegins(LiveSession session) {
        status.sessionStarted(session);
    }

    @Override
    public void onReady(Accept accept) {
        status.health().ready();
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
        System.out.println(word + " " + lazyPages);
        System.out.flush();
    }

    @Override
    public void onSessionOver(SessionReport report) {
        SourceReporter.updateStatus(status, report);
        reporter.accept(report);
    }
}
