package io.pageproxy.dest.images;

import java.util.Optional;

/**
 * Who claims a folder for images.
 *
 * @param peer the fingerprint of the source's certificate; empty: the folder is never replaced
 * @param replacesIncomplete whether incomplete images that the same peer has left are removed
 * @param signs whether complete images get the file that {@link ExpiredImages} looks for
 */
public record Claimant(Optional<String> peer, boolean replacesIncomplete, boolean signs) {
    /** Leaves no name and replaces nothing. */
    public static final Claimant NOBODY = new Claimant(Optional.empty(), false, false);

    /** Whether it may replace the images that a mark says are incomplete. */
    boolean mayReplace(IncompleteMark mark) {
        return replacesIncomplete && peer.isPresent() && peer.equals(mark.foundPeer());
    }
}
