package io.pageproxy.pagestream;

/**
 * The page stream broke its protocol. Stackless, since hostile input must not be able to make us
 * fill stack traces; the message says what was expected, what came and at which byte.
 */
public final class PageStreamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PageStreamException(String message) {
        super(message, null, false, false);
    }
}
