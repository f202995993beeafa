package io.pageproxy.dest.session;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/**
 * A session that may run. Whoever serves it releases the admission once, when the session is over.
 *
 * @param session its name; empty: none
 * @param parent the name of the session that it builds on; empty: none
 * @param grant what the policy grants it
 * @param slots where its slot goes back to
 */
public record Admission(
        Optional<SessionName> session,
        Optional<SessionName> parent,
        SessionGrant grant,
        SessionSlots slots) {

    /** Gives back the slot and the grant. */
    public void release() {
        slots.giveBack();
        grant.giveBack();
    }
}
