package io.pageproxy.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.SessionReport;

/** Hears what a person or a script wants to know; called on the thread that runs the proxy. */
public interface SourceObserver {
    /** The destination has accepted a session. */
    void onAccepted(Accept accept);

    /** A dumper may connect now. */
    void onListening(HostPort address);

    /** A session is over. */
    void onSessionOver(SessionReport report);
}
