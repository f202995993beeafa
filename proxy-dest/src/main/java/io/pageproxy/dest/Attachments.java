package io.pageproxy.dest;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.session.PushedPages;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.dest.session.Tokens;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.tls.PeerIdentity;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The connections that bring sessions' other images: by session and peer, while their pages are
 * waited for, and by their {@link Tokens}, for a source whose connection broke. Only the peer that
 * sends the pages may bring the others, and once. Safe for all threads.
 */
final class Attachments implements PushedPages {
    /** So many that are over are remembered, the newest. */
    private static final int REMEMBERED = 1_000;

    private final SessionSlots slots;
    private final int mostPerPeer;
    private final Map<Key, Attachment> waiting = new HashMap<>();
    private final Map<String, Attachment> byDigest = new HashMap<>();
    private final Deque<String> over = new ArrayDeque<>();

    /** Those whose source has yet to hear, or may have to ask, what has become of them. */
    private final Set<Attachment> open = new HashSet<>();

    private record Key(Optional<String> session, String peer) {}

    /** None yet; so many at a time at most, and so many of them of one peer. */
    Attachments(int most, int mostPerPeer) {
        this.slots = new SessionSlots(most);
        this.mostPerPeer = mostPerPeer;
    }

    /**
     * Lets one wait.
     *
     * @throws SessionException LIMIT_EXCEEDED where there are too many; SESSION_INVALID where
     *     another of this peer waits for the same session
     */
    synchronized void add(Attachment attachment) {
        requirePlaceOfPeer(attachment.peer());
        slots.take();
        if (waiting.putIfAbsent(key(attachment), attachment) != null) {
            slots.giveBack();
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "another migration of this source waits for session '"
                            + attachment.session().orElse("")
                            + "': give another --session");
        }
        byDigest.put(Tokens.digest(attachment.token()), attachment);
        open.add(attachment);
    }

    /** Its source has heard what has become of it, or asks no more. */
    synchronized void ended(Attachment attachment) {
        open.remove(attachment);
        notifyAll();
    }

    /** Whether the source of any may have to connect to bring its migration to its end. */
    synchronized boolean anyOpen() {
        return !open.isEmpty();
    }

    /** Waits until there is none of those. */
    synchronized void awaitEnded() throws InterruptedException {
        while (anyOpen()) {
            wait();
        }
    }

    private void requirePlaceOfPeer(PeerIdentity peer) {
        long ofPeer =
                waiting.keySet().stream()
                        .filter(key -> key.peer().equals(peer.fingerprint()))
                        .count();
        if (ofPeer >= mostPerPeer) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "this source has as many migrations as it may (--max-migrations-per-peer "
                            + mostPerPeer
                            + " of the destination): try again when one is over");
        }
    }

    /** It is over, and may still be asked what has become of it. */
    synchronized void remember(Attachment attachment) {
        giveBack(attachment);
        over.add(Tokens.digest(attachment.token()));
        if (over.size() > REMEMBERED) {
            ended(byDigest.remove(over.remove()));
        }
    }

    /** It is over, or has been for long enough. */
    synchronized void forget(Attachment attachment) {
        giveBack(attachment);
        String digest = Tokens.digest(attachment.token());
        over.remove(digest);
        byDigest.remove(digest);
    }

    private void giveBack(Attachment attachment) {
        if (waiting.remove(key(attachment), attachment)) {
            slots.giveBack();
        }
    }

    /** Whether a migration waits for that session to bring its pages. */
    @Override
    public synchronized boolean awaitPages(Optional<String> session, PeerIdentity peer) {
        return awaiting(session, peer).isPresent();
    }

    /**
     * A session's pages are whole: the migration that waits for them, if there is one, takes the
     * folder over, with its mark.
     *
     * @return whether there is one
     */
    @Override
    public synchronized boolean pagesWhole(
            Optional<String> session, PeerIdentity peer, ImagesFolder folder) {
        Optional<Attachment> attachment = awaiting(session, peer);
        attachment.ifPresent(
                migration -> migration.loop().execute(() -> migration.onPagesWhole(folder)));
        return attachment.isPresent();
    }

    /** Pages that were whole are of no use after all: their migration has failed. */
    @Override
    public synchronized void pagesFailed(
            Optional<String> session, PeerIdentity peer, Outcome outcome) {
        awaiting(session, peer)
                .ifPresent(
                        migration ->
                                migration.loop().execute(() -> migration.onPagesFailed(outcome)));
    }

    private Optional<Attachment> awaiting(Optional<String> session, PeerIdentity peer) {
        return Optional.ofNullable(waiting.get(new Key(session, peer.fingerprint())))
                .filter(migration -> migration.lazyTree().isEmpty());
    }

    /** The tree of that peer that waits for a lazy session of that name to bring its memory. */
    synchronized Optional<LazyTree> lazyTree(Optional<String> session, PeerIdentity peer) {
        return Optional.ofNullable(waiting.get(new Key(session, peer.fingerprint())))
                .flatMap(Attachment::lazyTree);
    }

    /**
     * The one of that token.
     *
     * @throws SessionException SESSION_INVALID where that peer has none; a wrong token and
     *     another's token are answered alike
     */
    synchronized Attachment find(String token, PeerIdentity peer) {
        Attachment attachment = byDigest.get(Tokens.digest(token));
        if (attachment == null || !attachment.peer().fingerprint().equals(peer.fingerprint())) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "the destination knows nothing of this migration any more: it was started anew,"
                            + " or too much time has passed");
        }
        return attachment;
    }

    /** Whether a migration is under way, so that further connections of its source may come. */
    synchronized boolean anyWaits() {
        return !waiting.isEmpty();
    }

    /** How many can be found by their token. */
    synchronized int size() {
        return byDigest.size();
    }

    private static Key key(Attachment attachment) {
        return new Key(attachment.session(), attachment.peer().fingerprint());
    }
}
