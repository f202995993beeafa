package io.pageproxy.dest.images;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers of the sessions that were done of late where their pages lie, so that a session that
 * builds on one of them may refer to its pages. Only for the peer that sent them: to another one,
 * whether a reference fits would tell what is in them. Any thread.
 */
public final class WrittenChains {
    private static final int MOST_CHAINS = 64;

    private final Map<Key, List<WrittenStream>> chains =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, List<WrittenStream>> eldest) {
                    return size() > MOST_CHAINS;
                }
            };

    private record Key(Path folder, String peer) {}

    /**
     * A session's images are whole.
     *
     * @param peer who sent them, by the certificate's fingerprint
     */
    public synchronized void add(WrittenPages pages, String peer) {
        List<WrittenStream> streams = pages.streams();
        chains.put(new Key(streams.get(streams.size() - 1).folder(), peer), streams);
    }

    /**
     * What a session builds on.
     *
     * @param parent the folder of the session that it names as its parent
     * @param peer who sends it, by the certificate's fingerprint
     * @param knownPages how many pages the source counts
     * @return empty where they are not known, or others than the source's
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
