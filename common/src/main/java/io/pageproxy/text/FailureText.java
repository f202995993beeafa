package io.pageproxy.text;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * Describes a Throwable of the JDK, Netty or BoringSSL as part of a sentence: without class names,
 * system calls, error numbers, or the address that the surrounding sentence already contains.
 */
public final class FailureText {
    /** The system call and the error number around the message, and the address behind it. */
    private static final Pattern AROUND =
            Pattern.compile("^\\S+ failed(?: with error\\(-\\d+\\))?: |: [^\\s/]*/\\S+$");

    /** Such as {@code error:10000438:SSL routines:OPENSSL_internal:TLSV1_ALERT_INTERNAL_ERROR}. */
    private static final Pattern OF_BORING_SSL =
            Pattern.compile("error:[0-9a-f]+:SSL routines:[^:]*:(\\w+)");

    private static final String TOO_MANY_FILES = "Too many open files";
    private static final int MAX_CHARS = 300;

    private FailureText() {}

    /** Returns a one-line description such as {@code Connection refused}. */
    public static String of(Throwable failure) {
        return SafeText.abridged(describe(failure), MAX_CHARS);
    }

    private static String describe(Throwable failure) {
        Throwable cause = failure.getCause();
        if (cause != null
                && (failure instanceof CompletionException
                        || failure instanceof ExecutionException
                        || failure instanceof UncheckedIOException)) {
            return describe(cause);
        }
        if (failure instanceof UnresolvedAddressException
                || failure instanceof UnknownHostException) {
            return "the host name cannot be resolved";
        }
        if (failure instanceof FileNotFoundException && failure.getMessage() == null) {
            return "No such file or directory"; // Netty says nothing of it.
        }
        if (failure instanceof ClosedChannelException) {
            return "the connection is closed";
        }
        if (failure instanceof FileSystemException ofFile) {
            return describe(ofFile);
        }
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return "unexpected " + failure.getClass().getSimpleName();
        }
        return isOfSystem(failure)
                ? withHint(AROUND.matcher(message).replaceAll(""))
                : ofTls(message);
    }

    private static boolean isOfSystem(Throwable failure) {
        return failure instanceof NativeIoException
                || failure instanceof ConnectTimeoutException
                || AROUND.matcher(String.valueOf(failure.getMessage())).find()
                || failure.getMessage().contains(TOO_MANY_FILES);
    }

    private static String withHint(String describe) {
        return describe.contains(TOO_MANY_FILES)
                ? describe + "; raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)"
                : describe;
    }

    private static String ofTls(String message) {
        return OF_BORING_SSL.matcher(message).replaceAll("TLS error $1");
    }

    private static String describe(FileSystemException ofFile) {
        String file = ofFile.getFile();
        if (ofFile instanceof NoSuchFileException) {
            return "there is no " + file;
        }
        if (ofFile instanceof AccessDeniedException) {
            return "permission denied for " + file;
        }
        String reason = ofFile.getReason();
        return reason == null ? "it cannot be used: " + file : withHint(reason) + ": " + file;
    }
}
