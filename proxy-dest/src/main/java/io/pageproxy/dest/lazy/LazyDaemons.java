package io.pageproxy.dest.lazy;

import io.netty.channel.EventLoop;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/** Provides the lazy-pages daemons of lazy sessions. */
public interface LazyDaemons {
    /** CRIU's version, as it reports itself. */
    String version();

    /** The record layout of that CRIU. */
    RecordLayout layout();

    /**
     * Creates a daemon that is not started yet.
     *
     * @param session the session's name, if it has one
     * @param loop the session's event loop
     * @param listener told of what the daemon does
     * @throws io.pageproxy.session.SessionException SESSION_INVALID if a name is needed and there
     *     is none
     */
    LazyDaemon daemon(Optional<SessionName> session, EventLoop loop, LazyDaemonListener listener);
}
