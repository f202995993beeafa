package io.pageproxy.dest.images;

import java.io.IOException;

/**
 * The images of programs that are started before these are there, and wait for them. Blocking;
 * thread-safe.
 */
public interface HeldImages extends AutoCloseable {
    /**
     * Adds a program that is about to start.
     *
     * @return the number to start it with
     * @throws IOException if there are too many
     */
    int addReader() throws IOException;

    /**
     * All images are there: lets one program read them.
     *
     * @param reader from {@link #addReader}
     * @throws IOException if they are not as they must be
     */
    void release(int reader) throws IOException;

    /**
     * All images are there: lets all other programs read them.
     *
     * @throws IOException if they are not as they must be
     */
    void release() throws IOException;

    /** Lets the programs that have not been released fail. */
    @Override
    void close() throws IOException;
}
