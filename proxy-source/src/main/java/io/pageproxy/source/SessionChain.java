package io.pageproxy.source;

import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.session.SessionRole;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.push.DumpJudge;
import io.pageproxy.source.push.EarlierSessions;
import io.pageproxy.source.push.SessionPlan;
import io.pageproxy.source.push.SourceSession;
import java.util.Optional;

/**
 * Plans the sessions of a proxy, and keeps what a completed session leaves to the next one. {@link
 * #close} frees the kept pages. A session's slot makes the state visible to the thread that plans
 * the next session.
 */
final class SessionChain implements AutoCloseable {
    private final SourceConfig config;
    private Optional<EarlierSessions> earlier = Optional.empty();
    private Optional<String> lastGood = Optional.empty();

    SessionChain(SourceConfig config) {
        this.config = config;
    }

    /** The plan of the session with that number. */
    SessionPlan plan(int number, DumpJudge judge) {
        return plan(
                config.session().map(name -> name.replace("{n}", "" + number)),
                judge,
                DumpCommand.ofCriu(config.dumper()));
    }

    /**
     * The plan of the next session.
     *
     * @param session its name; empty: unnamed
     * @param dumper starts the dumper, if we do
     */
    SessionPlan plan(Optional<String> session, DumpJudge judge, DumpCommand dumper) {
        boolean inChain = config.parent().equals(Optional.of(SourceConfig.LAST_SESSION));
        Hello hello =
                new Hello(
                        config.agent(),
                        config.host(),
                        session,
                        inChain ? lastGood : config.parent(),
                        config.timeouts().peer().toMillis(),
                        config.lanes(),
                        earlier.map(EarlierSessions::pageCount).orElse(0L),
                        SessionRole.PUSH,
                        config.migration(),
                        ExpectedPages.bytesOf(dumper));
        return new SessionPlan(
                config.connect(),
                hello,
                config.codec(),
                config.pageWindowBytesOfSession(),
                earlier,
                inChain,
                judge,
                config.timeouts().session());
    }

    /** A session is over: the next one may build on it if it was good. */
    void onOver(SourceSession session, SessionEnd end) {
        if (end.accepted()) {
            earlier = session.completed();
        }
        if (end.report().outcome().good()) {
            lastGood = end.report().session();
        }
    }

    @Override
    public void close() {
        earlier.ifPresent(sessions -> sessions.pages().close());
        earlier = Optional.empty();
    }
}
