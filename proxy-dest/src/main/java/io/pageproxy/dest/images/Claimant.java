package io.pageproxy.dest.images;

import java.util.Optional;

/**
 * Who claims a folder for images.
 *
 * @param peer the fingerprint of the source's certificate; empty: the folder is never replaced
 * @param replacesIncomplete whether incomplete images and rounds of failed migrations that the same
 *     peer has left are removed
 * @param signs whether complete images get the file that {@link ExpiredImages} looks for
 * @param migration id of the migration that the images are a part of
 */
public record Claimant(
        Optional<String> peer,
        boolean replacesIncomplete,
        boolean signs,
        Optional<String> migration) {
    /** Leaves no name and replaces nothing. */
    public static final Claimant NOBODY = new Claimant(Optional.empty(), false, false);

    /** Claims a folder for a session that belongs to no migration. */
    public Claimant(Optional<String> peer, boolean replacesIncomplete, boolean signs) {
        this(peer, replacesIncomplete, signs, Optional.empty());
    }

    /** The same peer, for a session of that migration. */
    public Claimant inMigration(Optional<String> id) {
        return new Claimant(peer, replacesIncomplete, signs, id);
    }

    /** The mark of a round that it has sent; empty if the session is none of a migration's. */
    Optional<RoundMark> roundMark() {
        return peer.flatMap(name -> migration.map(id -> new RoundMark(name, id)));
    }

    /** Whether it may replace a round with that mark: only another migration may. */
    boolean mayReplace(RoundMark mark) {
        return replacesIncomplete
                && peer.equals(Optional.of(mark.peer()))
                && migration.isPresent()
                && !migration.get().equals(mark.migration());
    }

    /** Whether it may replace the images that a mark says are incomplete. */
    boolean mayReplace(IncompleteMark mark) {
        return replacesIncomplete && peer.isPresent() && peer.equals(mark.foundPeer());
    }
}
