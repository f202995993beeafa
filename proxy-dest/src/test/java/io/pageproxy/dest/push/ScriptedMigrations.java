package io.pageproxy.dest.push;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.session.PushedPages;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.Outcome;
import java.nio.file.Path;
import java.util.Optional;

/** A migration that waits for pages or not, as the test decides. */
final class ScriptedMigrations implements PushedPages {
    volatile boolean waiting;
    volatile Path claimed;
    volatile ImagesFolder folder;
    volatile Outcome failure;

    @Override
    public boolean awaitPages(Optional<String> session, PeerIdentity peer) {
        return waiting;
    }

    @Override
    public void folderClaimed(Optional<String> session, PeerIdentity peer, Path path) {
        claimed = path;
    }

    @Override
    public boolean pagesWhole(Optional<String> session, PeerIdentity peer, ImagesFolder whole) {
        if (waiting) {
            folder = whole;
        }
        return waiting;
    }

    @Override
    public void pagesFailed(Optional<String> session, PeerIdentity peer, Outcome outcome) {
        failure = outcome;
    }
}
