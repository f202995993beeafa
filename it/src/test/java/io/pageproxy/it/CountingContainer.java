package io.pageproxy.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a container that counts has written: it runs as long as the number grows.
 *
 * @param file the container's file, as this host sees it
 */
record CountingContainer(Path file) {
    /** Waits until it has counted further than that. */
    void awaitAbove(int least) {
        await().until(() -> count() > least);
    }

    /** The number; 0 while it is being written. */
    int count() {
        try {
            String text = Files.exists(file) ? Files.readString(file).strip() : "";
            return text.isEmpty() ? 0 : Integer.parseInt(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
