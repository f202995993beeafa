package io.pageproxy.dest.migrate;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.session.PushedPages;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.dest.session.Tokens;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The migrations of a destination: by session and peer for the session of their pages, and by token
 * for a source whose connection broke. Only the peer that sends a session's pages may add files to
 * it, and one migration at a time. Thread-safe.
 */
public final class MigrationRegistry implements PushedPages {
    /**
     * Maximum number of finished migrations whose outcome is kept; the oldest is forgotten first.
     */
    private static final int MAX_REMEMBERED = 1_000;

    private final SessionSlots slots;
    private final int maxPerPeer;
    private final Map<Key, Migration> running = new HashMap<>();
    private final Map<String, Migration> byDigest = new HashMap<>();
    private final Deque<String> remembered = new ArrayDeque<>();

    /** Migrations whose source has not heard of the outcome and may have to connect to ask. */
    private final Set<Migration> open = new HashSet<>();

    private record Key(Optional<String> session, String peer) {
        static Key of(MigrationId id) {
            return new Key(id.session(), id.peer().fingerprint());
        }
    }

    /** Holds no migration yet, and at most so many, and so many of one peer. */
    public MigrationRegistry(int max, int maxPerPeer) {
        this.slots = new SessionSlots(max);
        this.maxPerPeer = maxPerPeer;
    }

    /**
     * Adds a migration.
     *
     * @throws SessionException LIMIT_EXCEEDED if there are too many; SESSION_INVALID if this peer
     *     has another migration of the same session
     */
    synchronized void add(Migration migration) {
        MigrationId id = migration.id();
        requireSlotOfPeer(id.peer());
        slots.take();
        if (running.putIfAbsent(Key.of(id), migration) != null) {
            slots.giveBack();
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "another migration of this source waits for session '"
                            + id.session().orElse("")
                            + "': give another --session");
        }
        byDigest.put(Tokens.digest(id.token()), migration);
        open.add(migration);
    }

    private void requireSlotOfPeer(PeerIdentity peer) {
        long ofPeer =
                running.keySet().stream()
                        .filter(key -> key.peer().equals(peer.fingerprint()))
                        .count();
        if (ofPeer >= maxPerPeer) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "this source has as many migrations as it may (--max-migrations-per-peer "
                            + maxPerPeer
                            + " of the destination): try again when one is over");
        }
    }

    /** The source has heard of the outcome, or asks for it no longer. */
    synchronized void ended(Migration migration) {
        open.remove(migration);
        notifyAll();
    }

    /** Whether the source of any migration may have to connect to bring it to its end. */
    public synchronized boolean anyOpen() {
        return !open.isEmpty();
    }

    /** Waits until {@link #anyOpen} is false. */
    public synchronized void awaitEnded() throws InterruptedException {
        while (anyOpen()) {
            wait();
        }
    }

    /** The migration is over and may still be asked for its outcome. */
    synchronized void remember(Migration migration) {
        remove(migration);
        remembered.add(Tokens.digest(migration.id().token()));
        if (remembered.size() > MAX_REMEMBERED) {
            ended(byDigest.remove(remembered.remove()));
        }
    }

    /** The migration is over and answers no longer. */
    synchronized void forget(Migration migration) {
        remove(migration);
        String digest = Tokens.digest(migration.id().token());
        remembered.remove(digest);
        byDigest.remove(digest);
    }

    private void remove(Migration migration) {
        if (running.remove(Key.of(migration.id()), migration)) {
            slots.giveBack();
        }
    }

    @Override
    public synchronized boolean awaitPages(Optional<String> session, PeerIdentity peer) {
        return awaitingPages(session, peer).isPresent();
    }

    @Override
    public synchronized void folderClaimed(
            Optional<String> session, PeerIdentity peer, Path folder) {
        awaitingPages(session, peer)
                .ifPresent(
                        migration ->
                                migration.loop().execute(() -> migration.onFolderClaimed(folder)));
    }

    @Override
    public synchronized boolean pagesWhole(
            Optional<String> session, PeerIdentity peer, ImagesFolder folder) {
        Optional<Migration> waiting = awaitingPages(session, peer);
        waiting.ifPresent(migration -> migration.onPagesWhole(folder));
        return waiting.isPresent();
    }

    @Override
    public synchronized void pagesFailed(
            Optional<String> session, PeerIdentity peer, Outcome outcome) {
        awaitingPages(session, peer)
                .ifPresent(migration -> migration.loop().execute(() -> migration.fail(outcome)));
    }

    private Optional<Migration> awaitingPages(Optional<String> session, PeerIdentity peer) {
        return Optional.ofNullable(running.get(new Key(session, peer.fingerprint())))
                .filter(migration -> migration.lazyRestore().isEmpty());
    }

    /** The restore of that peer's migration that waits for a lazy session to bring its pages. */
    public synchronized Optional<LazyRestore> lazyRestore(
            Optional<String> session, PeerIdentity peer) {
        return Optional.ofNullable(running.get(new Key(session, peer.fingerprint())))
                .flatMap(Migration::lazyRestore);
    }

    /**
     * Finds a migration by its token.
     *
     * @throws SessionException SESSION_INVALID if that peer has none; a wrong token and the token
     *     of another peer get the same answer
     */
    synchronized Migration find(String token, PeerIdentity peer) {
        Migration migration = byDigest.get(Tokens.digest(token));
        if (migration == null || !migration.id().peer().fingerprint().equals(peer.fingerprint())) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "the destination no longer knows this migration: it has been restarted,"
                            + " or too much time has passed");
        }
        return migration;
    }

    /**
     * The folders of files of the migration with that token.
     *
     * @throws SessionException SESSION_INVALID if that peer has none
     */
    public SyncedFolders syncedFolders(String token, PeerIdentity peer) {
        return find(token, peer).syncedFolders();
    }

    /** Whether a migration is under way, so that further connections of its source may come. */
    public synchronized boolean anyRunning() {
        return !running.isEmpty();
    }

    /** How many migrations can be found by their token. */
    synchronized int size() {
        return byDigest.size();
    }
}
