package io.pageproxy.dest.session;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.Outcome;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a push session delivers the images of its pages if a migration waits for them. Thread-safe.
 */
public interface PushedPages {
    /** Whether a migration of that peer waits for the pages of that session. */
    boolean awaitPages(Optional<String> session, PeerIdentity peer);

    /** The session that a migration waits for has its folder, to which the pages will come. */
    void folderClaimed(Optional<String> session, PeerIdentity peer, Path folder);

    /**
     * Hands the folder of proven images, which is still marked incomplete, to the migration that
     * waits for it.
     *
     * @return whether there is such a migration; otherwise the folder stays the caller's
     */
    boolean pagesWhole(Optional<String> session, PeerIdentity peer, ImagesFolder folder);

    /** The session failed after {@link #pagesWhole}: its migration fails with that outcome. */
    void pagesFailed(Optional<String> session, PeerIdentity peer, Outcome outcome);
}
