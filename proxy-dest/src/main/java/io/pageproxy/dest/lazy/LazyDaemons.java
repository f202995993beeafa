package io.pageproxy.dest.lazy;

import io.netty.channel.EventLoop;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/** Where lazy sessions get their lazy-pages daemons from. */
public interface LazyDaemons {
    /** The CRIU's version, as it says itself. */
    String version();

    /** The record layout of that CRIU. */
    RecordLayout layout();

    /**
     * One for a session of that name; it does nothing yet.
     *
     * @throws io.pageproxy.session.SessionException SESSION_INVALID where a name is needed and
     *     there is none
     */
    LazyDaemon daemon(Optional<SessionName> session, EventLoop loop, LazyDaemonListener listener);
}
