package io.pageproxy.hook;

import io.pageproxy.session.Side;
import io.pageproxy.text.SafeText;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a hook is told of the migration, in its environment. What comes from the peer is printable
 * and stands nowhere else.
 *
 * @param side where the hook runs
 * @param migration the ID that both sides have for it
 * @param session its name
 * @param container the id of the container of runc that moves; empty: a tree
 * @param peer the other side: the address as given, or the name in its certificate
 * @param pid of the tree's root on this host
 * @param reason why the migration has failed
 */
public record HookFacts(
        Side side,
        Optional<String> migration,
        Optional<String> session,
        Optional<String> container,
        String peer,
        OptionalLong pid,
        Optional<String> reason) {

    /** The same with the root of a tree. */
    public HookFacts of(OptionalLong root) {
        return new HookFacts(side, migration, session, container, peer, root, reason);
    }

    /** The same with a reason. */
    public HookFacts failed(String why) {
        return new HookFacts(side, migration, session, container, peer, pid, Optional.of(why));
    }

    Map<String, String> environment(HookPhase phase) {
        Map<String, String> variables = new HashMap<>();
        variables.put("PAGEPROXY_PHASE", phase.label());
        variables.put("PAGEPROXY_SIDE", side.toString());
        variables.put("PAGEPROXY_PEER", SafeText.line(peer));
        migration.ifPresent(id -> variables.put("PAGEPROXY_MIGRATION", SafeText.line(id)));
        session.ifPresent(name -> variables.put("PAGEPROXY_SESSION", SafeText.line(name)));
        container.ifPresent(id -> variables.put("PAGEPROXY_CONTAINER", SafeText.line(id)));
        pid.ifPresent(number -> variables.put("PAGEPROXY_PID", Long.toString(number)));
        reason.ifPresent(text -> variables.put("PAGEPROXY_REASON", SafeText.line(text)));
        return variables;
    }
}
