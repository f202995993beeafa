package io.pageproxy.cli.task;

import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.RevocationAction;
import io.pageproxy.tls.ConnectedPeers;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * TLS contexts of one certificate, each with the check of its connected peers. They are loaded when
 * a task needs them, and kept for the next one that judges its peer in the same way. Thread-safe.
 */
public final class TlsPool implements AutoCloseable {
    /** Contexts that are kept although no task uses them. */
    static final int MAX_IDLE = 8;

    private final TlsFiles files;
    private final boolean unsafeKeyPermissions;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A pool that has loaded nothing.
     *
     * @param unsafeKeyPermissions whether a key file that others can read is accepted
     */
    public TlsPool(TlsFiles files, boolean unsafeKeyPermissions) {
        this.files = files;
        this.unsafeKeyPermissions = unsafeKeyPermissions;
    }

    /**
     * How a task judges its peer.
     *
     * @param policy which peers are allowed
     * @param verifyName whether the host name is checked although there is a policy
     * @param onRevocation what becomes of a stream whose peer is no longer accepted
     */
    public record Key(PeerPolicy policy, boolean verifyName, RevocationAction onRevocation) {
        /** Only the host name of {@code --connect} counts. */
        public static final Key HOST_NAME =
                new Key(PeerPolicy.NONE, false, RevocationAction.FINISH);
    }

    private static final class Entry {
        final ReloadingTlsContexts contexts;
        final ConnectedPeers peers;
        int users;

        Entry(ReloadingTlsContexts contexts, ConnectedPeers peers) {
            this.contexts = contexts;
            this.peers = peers;
        }
    }

    /** Contexts in use; they stay loaded until it is closed. */
    public final class Lease implements AutoCloseable {
        private final Entry entry;
        private boolean closed;

        private Lease(Entry entry) {
            this.entry = entry;
        }

        public ReloadingTlsContexts contexts() {
            return entry.contexts;
        }

        public ConnectedPeers peers() {
            return entry.peers;
        }

        @Override
        public void close() {
            synchronized (TlsPool.this) {
                entry.users -= closed ? 0 : 1;
                closed = true;
                dropIdle();
            }
        }
    }

    /** The certificates. */
    public TlsFiles files() {
        return files;
    }

    /**
     * Returns contexts, which are loaded if none like them are kept.
     *
     * @throws TlsConfigException if the files are not valid
     */
    public synchronized Lease lease(Key key) throws TlsConfigException {
        Entry entry = entries.get(key);
        if (entry == null) {
            ReloadingTlsContexts contexts =
                    ReloadingTlsContexts.client(
                            files, unsafeKeyPermissions, key.policy(), key.verifyName());
            entry =
                    new Entry(
                            contexts,
                            ConnectedPeers.start(contexts, key.policy(), key.onRevocation()));
            entries.put(key, entry);
        }
        entry.users++;
        return new Lease(entry);
    }

    private void dropIdle() {
        List<Key> idle = new ArrayList<>();
        entries.forEach(
                (key, entry) -> {
                    if (entry.users == 0) {
                        idle.add(key);
                    }
                });
        int tooMany = Math.max(0, idle.size() - MAX_IDLE);
        idle.subList(0, tooMany).forEach(key -> entries.remove(key).peers.close());
    }

    /** Number of contexts that are loaded. */
    synchronized int size() {
        return entries.size();
    }

    /** Loads the files again, and judges the peers that are connected. */
    public void reload() {
        List<Entry> loaded;
        synchronized (this) {
            loaded = List.copyOf(entries.values());
        }
        for (Entry entry : loaded) {
            entry.contexts.reload();
            entry.peers.checkSoon();
        }
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(entry -> entry.peers.close());
        entries.clear();
    }
}
