package io.pageproxy.dest.pagemap;

/**
 * Signals an invalid pagemap image. Stackless; the message names the file, the offset, and what was
 * expected and found.
 */
public final class PagemapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PagemapException(String message) {
        super(message, null, false, false);
    }
}
