package io.pageproxy.dest.migrate;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;

/** Which migrations a peer may ask for. */
public final class MigrationRules {
    private MigrationRules() {}

    /**
     * Refuses what is not allowed.
     *
     * @param grant what the policy allows this peer
     * @param restores of this destination
     * @throws SessionException RESTORE_NOT_ALLOWED or SESSION_NOT_ALLOWED
     */
    public static void require(Attach attach, SessionGrant grant, Restores restores) {
        requireRestoreAllowed(attach, grant, restores);
        requireLazyAllowed(attach, grant);
        requireContainerAllowed(attach, grant);
    }

    private static void requireRestoreAllowed(
            Attach attach, SessionGrant grant, Restores restores) {
        if (attach.restore() && !restores.allowed()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination does not allow restores: start it with --allow-restore, or"
                            + " send only the images with --no-restore");
        }
        if (attach.restore() && !grant.restore()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination's --policy allows this peer no restores (restore: true allows"
                            + " them); with --no-restore only the images are sent");
        }
    }

    private static void requireLazyAllowed(Attach attach, SessionGrant grant) {
        boolean lazy = attach.lazy() || attach.mayTurnLazy();
        if (lazy && !attach.restore()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a lazy migration without a restore was asked for");
        }
        if (attach.mayTurnLazy() && attach.session().isEmpty()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a migration whose session has no name cannot have rounds");
        }
        if (lazy && !grant.lazy()) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the destination's --policy allows this peer no lazy sessions (lazy: true"
                            + " allows them); migrate without --lazy");
        }
    }

    private static void requireContainerAllowed(Attach attach, SessionGrant grant) {
        if (attach.container().isEmpty() || !attach.restore()) {
            return;
        }
        if (grant.restoreUser().isPresent()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination's --policy restores only trees of one user for this peer"
                            + " (restore-user), and no containers of runc");
        }
        grant.requireContainer(attach.container().get());
    }
}
