package io.pageproxy.dest.policy;

import io.pageproxy.dest.credentials.RestoreUser;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a session may do from its admission to its end; later changes of the policy do not affect
 * it. Call its methods on the session's event loop.
 */
public interface SessionGrant {
    /** A grant without limits. */
    SessionGrant UNLIMITED =
            new SessionGrant() {
                @Override
                public List<String> pageServerArguments() {
                    return List.of();
                }

                @Override
                public boolean lazy() {
                    return true;
                }

                @Override
                public boolean restore() {
                    return true;
                }

                @Override
                public Optional<RestoreUser> restoreUser() {
                    return Optional.empty();
                }

                @Override
                public void requireContainer(String id) {}

                @Override
                public Optional<List<Path>> syncRoots() {
                    return Optional.empty();
                }

                @Override
                public void count(long bytes) {}

                @Override
                public void countImage() {}

                @Override
                public void giveBack() {}
            };

    /** Additional arguments of its page server. */
    List<String> pageServerArguments();

    /** Whether the session may be a lazy one. */
    boolean lazy();

    /** Whether the tree may be restored from its images. */
    boolean restore();

    /** The only user that the restored tree may run as; empty: any. */
    Optional<RestoreUser> restoreUser();

    /** The folders of which one must hold each folder that files are copied into; empty: any. */
    Optional<List<Path>> syncRoots();

    /**
     * Checks whether a container of runc may be restored.
     *
     * @throws io.pageproxy.session.SessionException RESTORE_NOT_ALLOWED if not
     */
    void requireContainer(String id);

    /**
     * Counts an image before it is created.
     *
     * @throws io.pageproxy.session.SessionException LIMIT_EXCEEDED if that exceeds the limit
     */
    void countImage();

    /**
     * Counts received bytes of the plain stream, or of other files, before they are processed.
     *
     * @throws io.pageproxy.session.SessionException LIMIT_EXCEEDED if that exceeds a limit
     */
    void count(long bytes);

    /** Returns the grant at the end of the session; call it once. */
    void giveBack();
}
