package io.pageproxy.dest.images;

import io.pageproxy.process.CachedFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The pages images that are open for reading back, those that were read last: processes that were
 * forked from one another refer to each other's. Not thread-safe.
 */
final class OpenImages implements AutoCloseable {
    /** Descriptors of one session. */
    static final int MOST_FILES = 16;

    private final Map<Key, CachedFile> files = new LinkedHashMap<>(MOST_FILES, 0.75f, true);

    private record Key(WrittenStream stream, int image) {}

    /** That image's file; null where it would have to be opened. */
    CachedFile ifOpen(WrittenStream stream, int image) {
        return files.get(new Key(stream, image));
    }

    /** That image's file; may block. */
    CachedFile open(WrittenStream stream, int image) throws IOException {
        CachedFile found = ifOpen(stream, image);
        if (found != null) {
            return found;
        }
        CachedFile opened = CachedFile.open(stream.fileOf(image));
        if (files.size() == MOST_FILES) {
            Key eldest = files.keySet().iterator().next();
            files.remove(eldest).close();
        }
        files.put(new Key(stream, image), opened);
        return opened;
    }

    @Override
    public void close() {
        files.values().forEach(CachedFile::close);
        files.clear();
    }
}
