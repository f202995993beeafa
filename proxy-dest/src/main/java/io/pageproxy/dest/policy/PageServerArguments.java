package io.pageproxy.dest.policy;

import java.util.Optional;
import java.util.Set;

/** Decides which arguments of {@code criu page-server} the operator may add. */
public final class PageServerArguments {
    /** Options that pageproxy sets itself; repeating them would conflict or open a port. */
    private static final Set<String> OURS =
            Set.of(
                    "--ps-socket",
                    "--images-dir",
                    "--address",
                    "--port",
                    "--daemon",
                    "--tls",
                    "--prev-images-dir",
                    "--lazy-pages");

    private static final String VERBOSE = "-v";

    private PageServerArguments() {}

    /**
     * Explains why an argument is not permitted, with the remedy; empty if it is. CRIU also accepts
     * abbreviated long options, and grouped short options followed by a value ({@code -jdD/tmp}).
     */
    public static Optional<String> fault(String argument) {
        String name = argument.split("=", 2)[0];
        if (name.startsWith("--") && name.length() > 2) {
            return OURS.stream()
                    .filter(ours -> ours.startsWith(name))
                    .min(String::compareTo)
                    .map(ours -> "pageproxy sets " + ours + " itself; leave it out");
        }
        return name.startsWith("-") && !name.startsWith(VERBOSE)
                ? Optional.of("a short option other than -v; write it long")
                : Optional.empty();
    }
}
