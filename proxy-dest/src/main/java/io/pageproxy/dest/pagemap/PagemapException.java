package io.pageproxy.dest.pagemap;

/**
 * Signals an invalid image. Stackless; the message names the file, the offset, and what was
 * expected and found.
 */
public final class PagemapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Creates it. */
    public PagemapException(String message) {
        super(message, null, false, false);
    }
}
