package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** The images that a dump has left, by their index. */
public interface DumpedImages {
    /** How many there are. */
    int count();

    /**
     * Opens one; they are opened in their order. Blocking.
     *
     * @param index from 0
     * @throws IOException if it cannot be read
     */
    Image open(int index) throws IOException;

    /**
     * An open image.
     *
     * @param name of its file
     * @param sizeBytes its length
     * @param content read by direct buffers
     */
    record Image(String name, long sizeBytes, ReadableByteChannel content)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            content.close();
        }
    }
}
