package io.pageproxy.dest.references;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers the page locations of recently completed sessions, so that a session based on one of
 * them can refer to its pages. Only the peer that sent the pages may do so, because whether a
 * reference fits would reveal their content to others. Thread-safe.
 */
public final class WrittenChains {
    private static final int MAX_CHAINS = 64;

    private final Map<Key, List<WrittenStream>> chains =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, List<WrittenStream>> eldest) {
                    return size() > MAX_CHAINS;
                }
            };

    private record Key(Path folder, String peer) {}

    /**
     * Adds a session with complete images.
     *
     * @param peer the sender's certificate fingerprint
     */
    public synchronized void add(WrittenPages pages, String peer) {
        List<WrittenStream> streams = pages.streams();
        chains.put(new Key(streams.get(streams.size() - 1).folder(), peer), streams);
    }

    /**
     * Finds the streams that a session is based on.
     *
     * @param parent folder of the parent session
     * @param peer the sender's certificate fingerprint
     * @param knownPages number of pages that the source knows
     * @return empty if they are unknown or differ from the source's
     */
    public synchronized List<WrittenStream> find(
            Optional<Path> parent, String peer, long knownPages) {
        List<WrittenStream> streams =
                parent.map(folder -> chains.get(new Key(folder, peer))).orElse(List.of());
        boolean same =
                !streams.isEmpty() && streams.get(streams.size() - 1).endIndex() == knownPages;
        return same ? streams : List.of();
    }
}
