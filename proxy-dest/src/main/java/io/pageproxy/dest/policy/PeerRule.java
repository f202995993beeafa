package io.pageproxy.dest.policy;

import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.session.SessionName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One entry of a policy. Unlimited values are {@code Long.MAX_VALUE} or {@code Integer.MAX_VALUE}.
 *
 * @param name name of the entry in messages
 * @param who the peers it applies to
 * @param sessions the sessions that they may write and use as parents
 * @param maxSessionBytes maximum plain stream bytes of a session
 * @param maxSessionImages maximum number of images of a session
 * @param maxDayBytes maximum bytes of all sessions of an identity per UTC day
 * @param maxSessions maximum number of concurrent sessions of an identity
 * @param pageServerArguments additional arguments of its page servers
 * @param lazy whether sessions may be lazy
 * @param restore whether trees may be restored from their images
 * @param containers patterns of the ids of the containers of runc that may be restored
 * @param restoreUser the only user that restored trees may run as; empty: any
 * @param syncRoots the folders of which one must hold each folder that files are copied into
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
        boolean restore,
        List<String> containers,
        Optional<RestoreUser> restoreUser,
        List<Path> syncRoots) {

    boolean allows(Optional<SessionName> session) {
        return sessions.stream().anyMatch(pattern -> pattern.matches(session));
    }

    boolean allowsContainer(String id) {
        return containers.stream().anyMatch(pattern -> SessionPattern.matchesSegment(pattern, id));
    }
}
