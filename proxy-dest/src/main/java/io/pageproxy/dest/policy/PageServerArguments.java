package io.pageproxy.dest.policy;

import java.util.Optional;
import java.util.Set;

/** Which arguments of {@code criu page-server} are the operator's to give. */
public final class PageServerArguments {
    /** What we set ourselves; a second one would contradict it, or open a port. */
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
     * What is wrong with an argument, with the mend; empty: nothing. CRIU takes a long option also
     * by its beginning, and short ones several at a time with a value behind them ({@code
     * -jdD/tmp}).
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
