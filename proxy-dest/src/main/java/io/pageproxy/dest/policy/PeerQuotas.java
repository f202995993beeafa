package io.pageproxy.dest.policy;

import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.policy.Policy.Match;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.SafeText;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Enforces a policy. Usage is counted per identity in memory: it survives changes of the policy and
 * renewals of certificates, but not a restart. Thread-safe.
 */
final class PeerQuotas {
    private final Map<String, PeerUsage> usages = new ConcurrentHashMap<>();
    private final Clock clock;

    PeerQuotas(Clock clock) {
        this.clock = clock;
    }

    /** Implements {@link SessionPolicy#admit} for a policy. */
    SessionGrant admit(
            Policy policy,
            PeerIdentity peer,
            Optional<SessionName> session,
            Optional<SessionName> parent) {
        Match match = match(policy, peer);
        PeerRule rule = match.rule();
        requireAllowed(rule, "session", session);
        if (parent.isPresent()) {
            requireAllowed(rule, "parent", parent);
        }
        PeerUsage usage = usage(match);
        if (!usage.begin(rule.maxSessions())) {
            throw tooMany(match, "sessions");
        }
        return new Grant(match, usage, usage::end);
    }

    /** Implements {@link SessionPolicy#attach} for a policy. */
    SessionGrant attach(Policy policy, PeerIdentity peer, Optional<SessionName> session) {
        Match match = match(policy, peer);
        requireAllowed(match.rule(), "session", session);
        PeerUsage usage = usage(match);
        if (!usage.attach(match.rule().maxSessions())) {
            throw tooMany(match, "migrations");
        }
        return new Grant(match, usage, usage::detach);
    }

    /** Implements {@link SessionPolicy#requireStillAllowed} for a policy. */
    static void requireAllowed(Policy policy, PeerIdentity peer, Optional<SessionName> session) {
        requireAllowed(match(policy, peer).rule(), "session", session);
    }

    private static Match match(Policy policy, PeerIdentity peer) {
        return policy.find(peer)
                .orElseThrow(
                        () ->
                                new SessionException(
                                        CloseReason.PEER_NOT_TRUSTED,
                                        "no entry of the destination's --policy names "
                                                + peer.description()));
    }

    /** Returns the usage of an identity that still has quota left today. */
    private PeerUsage usage(Match match) {
        PeerUsage usage = usages.computeIfAbsent(match.identity(), i -> new PeerUsage(clock));
        if (usage.left(match.rule().maxDayBytes()) <= 0) {
            throw dayQuotaExceeded(match);
        }
        return usage;
    }

    private static SessionException tooMany(Match match, String what) {
        return new SessionException(
                CloseReason.LIMIT_EXCEEDED,
                "%s has as many %s as it may (max-sessions %d of '%s' in the destination's"
                                .formatted(
                                        match.identity(),
                                        what,
                                        match.rule().maxSessions(),
                                        match.rule().name())
                        + " --policy): try again when one is over");
    }

    private static void requireAllowed(PeerRule rule, String role, Optional<SessionName> name) {
        if (!rule.allows(name)) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the %s %s is not this peer's: '%s' in the destination's --policy allows the sessions %s"
                            .formatted(
                                    role,
                                    name.map(n -> "'" + n + "'").orElse("without a name"),
                                    rule.name(),
                                    rule.sessions()));
        }
    }

    private static SessionException dayQuotaExceeded(Match match) {
        return new SessionException(
                CloseReason.LIMIT_EXCEEDED,
                "%s has sent as much as it may today (max-day-bytes %d of '%s' in the destination's"
                                .formatted(
                                        match.identity(),
                                        match.rule().maxDayBytes(),
                                        match.rule().name())
                        + " --policy): the next day begins at 00:00 UTC");
    }

    private static final class Grant implements SessionGrant {
        private final Match match;
        private final PeerUsage usage;
        private final Runnable end;
        private long sessionBytes;
        private int images;

        Grant(Match match, PeerUsage usage, Runnable end) {
            this.match = match;
            this.usage = usage;
            this.end = end;
        }

        @Override
        public List<String> pageServerArguments() {
            return match.rule().pageServerArguments();
        }

        @Override
        public boolean lazy() {
            return match.rule().lazy();
        }

        @Override
        public boolean restore() {
            return match.rule().restore();
        }

        @Override
        public Optional<RestoreUser> restoreUser() {
            return match.rule().restoreUser();
        }

        @Override
        public void requireContainer(String id) {
            PeerRule rule = match.rule();
            if (!rule.allowsContainer(id)) {
                throw new SessionException(
                        CloseReason.RESTORE_NOT_ALLOWED,
                        "the container '%s' is not this peer's: '%s' in the destination's --policy allows the containers %s"
                                .formatted(SafeText.line(id), rule.name(), rule.containers()));
            }
        }

        @Override
        public Optional<List<Path>> syncRoots() {
            return Optional.of(match.rule().syncRoots());
        }

        @Override
        public void count(long bytes) {
            PeerRule rule = match.rule();
            sessionBytes += bytes;
            if (sessionBytes > rule.maxSessionBytes()) {
                throw new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "the stream is longer than max-session-bytes %d of '%s' in the destination's --policy"
                                .formatted(rule.maxSessionBytes(), rule.name()));
            }
            if (!usage.count(bytes, rule.maxDayBytes())) {
                throw dayQuotaExceeded(match);
            }
        }

        @Override
        public void countImage() {
            PeerRule rule = match.rule();
            images++;
            if (images > rule.maxSessionImages()) {
                throw new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "the session has more images than max-session-images %d of '%s' in the destination's --policy"
                                .formatted(rule.maxSessionImages(), rule.name()));
            }
        }

        @Override
        public void giveBack() {
            end.run();
        }
    }
}
