package io.pageproxy.dest.session;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/**
 * Decides whether a HELLO begins a session: the hosts match, the policy allows it, a slot is free.
 *
 * @param host what must match on the source
 * @param policy what the peer may do
 * @param slots limits how many sessions run at a time
 */
public record Admissions(HostFacts host, SessionPolicy policy, SessionSlots slots) {
    /**
     * Admits the session of a connection.
     *
     * @throws SessionException INCOMPATIBLE_HOSTS, SESSION_INVALID, SESSION_NOT_ALLOWED,
     *     LIMIT_EXCEEDED or PEER_NOT_TRUSTED; nothing has been taken then
     */
    public Admission admit(IncomingConnection connection, Hello hello) {
        connection.facts().greeted(hello);
        connection.tunnel().setPeerTimeoutMillis(hello.peerTimeoutMillis());
        host.mismatchWith(hello.host())
                .ifPresent(
                        why -> {
                            throw new SessionException(CloseReason.INCOMPATIBLE_HOSTS, why);
                        });
        Optional<SessionName> session = hello.session().map(SessionName::new);
        Optional<SessionName> parent = hello.parent().map(SessionName::new);
        SessionGrant grant = policy.admit(connection.peer(), session, parent);
        try {
            slots.take();
        } catch (SessionException e) {
            grant.giveBack();
            throw e;
        }
        return new Admission(session, parent, grant, slots);
    }
}
