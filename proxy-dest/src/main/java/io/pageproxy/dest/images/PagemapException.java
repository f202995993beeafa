package io.pageproxy.dest.images;

/**
 * A pagemap image is not one. Stackless; the message names the file, the offset, what was expected
 * and what is there.
 */
public final class PagemapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PagemapException(String message) {
        super(message, null, false, false);
    }
}
