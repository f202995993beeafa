package io.pageproxy.tls;

import io.pageproxy.text.SafeText;
import java.nio.file.Path;

/**
 * TLS cannot be set up from what the operator gave. The message names the flag, the file, what is
 * wrong and the mend, and can be shown as it is.
 */
public final class TlsConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * A fault in words, in which what a file holds may be repeated: it is made safe to show.
     *
     * @param message the whole sentence for the operator
     * @param cause what was underneath, or null
     */
    TlsConfigException(String message, Throwable cause) {
        super(SafeText.line(message), cause);
    }

    /**
     * A fault of one file: {@code FLAG FILE: wrong; mend}.
     *
     * @param flag the option that named the file
     * @param file the file as it was given
     * @param wrong what is wrong with it
     * @param mend what the operator can do
     */
    TlsConfigException(String flag, Path file, String wrong, String mend) {
        this(flag + " " + file + ": " + wrong + "; " + mend, null);
    }
}
