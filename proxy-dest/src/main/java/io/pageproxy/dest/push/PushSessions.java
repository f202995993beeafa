package io.pageproxy.dest.push;

import io.pageproxy.dest.session.Admission;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.tunnel.TunnelHandler;
import java.util.Optional;

/**
 * Begins a push session for each HELLO that is admitted.
 *
 * @param services what the sessions share
 */
public record PushSessions(PushServices services) implements ConnectionHandler<Hello> {
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Hello hello) {
        Admission admission = services.admissions().admit(connection, hello);
        PushSession session = new PushSession(services, connection, hello, admission);
        TunnelHandler.setListener(connection.tunnel(), session);
        session.begin();
        return Optional.of(session);
    }
}
