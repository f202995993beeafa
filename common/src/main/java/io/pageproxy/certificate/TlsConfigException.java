package io.pageproxy.certificate;

import io.pageproxy.text.SafeText;
import java.nio.file.Path;

/**
 * Signals that TLS cannot be configured from the operator's options. The message names the flag,
 * the file, the problem and its remedy, and can be displayed as it is.
 */
public final class TlsConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception with a complete message, which may quote the content of files and is
     * sanitised here.
     *
     * @param message the whole sentence for the operator
     * @param cause the cause, or null
     */
    public TlsConfigException(String message, Throwable cause) {
        super(SafeText.line(message), cause);
    }

    /**
     * Creates an exception about one file, with the message {@code FLAG FILE: wrong; remedy}.
     *
     * @param flag the option that named the file
     * @param file the file as given by the operator
     * @param wrong what is wrong with it
     * @param remedy what the operator can do
     */
    public TlsConfigException(String flag, Path file, String wrong, String remedy) {
        this(flag + " " + file + ": " + wrong + "; " + remedy, null);
    }
}
