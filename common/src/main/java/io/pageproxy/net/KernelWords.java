package io.pageproxy.net;

import java.io.FileNotFoundException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Pattern;

/** Why a socket could not be opened, in the kernel's words and without Netty's around them. */
public final class KernelWords {
    /** The system call, the error's number; at the end the address. */
    private static final Pattern AROUND =
            Pattern.compile("^\\S+ failed(?: with error\\(-\\d+\\))?: |: [^\\s/]*/\\S+$");

    private KernelWords() {}

    /** Such as {@code Connection refused}. */
    public static String of(Throwable cause) {
        if (cause instanceof UnresolvedAddressException) {
            return "the host name cannot be resolved";
        }
        if (cause instanceof FileNotFoundException) {
            return "No such file or directory"; // Netty says nothing of it.
        }
        return AROUND.matcher(String.valueOf(cause.getMessage())).replaceAll("");
    }
}
