package io.pageproxy.dest;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tls.PeerIdentity;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections that wait for the pages of a session, to bring its other images. Only the peer
 * that sends the pages may bring them, and once. Safe for all threads.
 */
final class Attachments {
    private final SessionSlots slots;
    private final Map<Key, Attachment> waiting = new ConcurrentHashMap<>();

    private record Key(Optional<String> session, String peer) {}

    /** None yet, and so many at a time at most. */
    Attachments(int most) {
        this.slots = new SessionSlots(most);
    }

    /**
     * Lets one wait.
     *
     * @throws SessionException LIMIT_EXCEEDED where there are too many; SESSION_INVALID where
     *     another of this peer waits for the same session
     */
    void add(Optional<String> session, PeerIdentity peer, Attachment attachment) {
        slots.take();
        if (waiting.putIfAbsent(new Key(session, peer.fingerprint()), attachment) != null) {
            slots.giveBack();
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "another migration of this source waits for session '"
                            + session.orElse("")
                            + "': give another --session");
        }
    }

    /** It is over. */
    void remove(Optional<String> session, PeerIdentity peer, Attachment attachment) {
        waiting.remove(new Key(session, peer.fingerprint()), attachment);
        slots.giveBack();
    }

    /** A session's pages are whole; whoever waits for them may go on. */
    void pagesWhole(Optional<String> session, PeerIdentity peer, Path folder) {
        Attachment attachment = waiting.get(new Key(session, peer.fingerprint()));
        if (attachment != null) {
            attachment.loop().execute(() -> attachment.onPagesWhole(folder));
        }
    }
}
