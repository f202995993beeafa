package io.pageproxy.dest.policy;

import io.pageproxy.session.SessionName;
import io.pageproxy.tls.PeerPolicy;
import java.util.List;
import java.util.Optional;

/**
 * One entry of a policy. What is not limited is {@code Long.MAX_VALUE} or {@code
 * Integer.MAX_VALUE}.
 *
 * @param name what messages call it
 * @param who whom it is for
 * @param sessions which sessions these may write and build on
 * @param maxSessionBytes how much of the plain stream one session may carry
 * @param maxSessionImages how many images one session may have
 * @param maxDayBytes how much all sessions of one identity may carry in a day of UTC
 * @param maxSessions how many sessions of one identity may be under way
 * @param pageServerArguments further arguments of its page servers
 * @param lazy whether sessions may be lazy
 * @param restore whether trees may be restored from their images
 */
record PeerRule(
        String name,
        PeerPolicy who,
        List<SessionPattern> sessions,
        long maxSessionBytes,
        int maxSessionImages,
        long maxDayBytes,
        int maxSessions,
        List<String> pageServerArguments,
        boolean lazy,
        boolean restore) {

    boolean allows(Optional<SessionName> session) {
        return sessions.stream().anyMatch(pattern -> pattern.matches(session));
    }
}
