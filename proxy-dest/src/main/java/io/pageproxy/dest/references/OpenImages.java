package io.pageproxy.dest.references;

import io.pageproxy.posix.PageCacheFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A cache of open pages images, keeping the most recently read ones open: the images of forked
 * processes refer to each other. Not thread-safe.
 */
final class OpenImages implements AutoCloseable {
    /** Maximum number of open files of a session. */
    static final int MAX_FILES = 16;

    private final Map<Key, PageCacheFile> files = new LinkedHashMap<>(MAX_FILES, 0.75f, true);

    private record Key(WrittenStream stream, int image) {}

    /** Returns an image's file if it is open; null otherwise. */
    PageCacheFile ifOpen(WrittenStream stream, int image) {
        return files.get(new Key(stream, image));
    }

    /** Returns an image's file; opens it if necessary, which may block. */
    PageCacheFile open(WrittenStream stream, int image) throws IOException {
        PageCacheFile found = ifOpen(stream, image);
        if (found != null) {
            return found;
        }
        PageCacheFile opened = PageCacheFile.open(stream.fileOf(image));
        if (files.size() == MAX_FILES) {
            Key eldest = files.keySet().iterator().next();
            files.remove(eldest).close();
        }
        files.put(new Key(stream, image), opened);
        return opened;
    }

    @Override
    public void close() {
        files.values().forEach(PageCacheFile::close);
        files.clear();
    }
}
