package io.pageproxy.runc;

import java.util.Map;
import java.util.Optional;

/** Options of {@code runc checkpoint} and {@code runc restore} that an operator may not use. */
public final class CheckpointArguments {
    private static final String OURS = "pageproxy sets it itself; leave it out";
    private static final String TWO_COPIES =
            "it would keep the container here while it runs at the destination; leave it out";
    private static final String OTHER_KIND = "another kind of checkpoint; leave it out";

    private static final Map<String, String> FAULTS =
            Map.ofEntries(
                    Map.entry("image-path", OURS),
                    Map.entry("work-path", OURS),
                    Map.entry("parent-path", OURS),
                    Map.entry("page-server", OURS),
                    Map.entry("bundle", OURS),
                    Map.entry("b", OURS),
                    Map.entry("detach", OURS),
                    Map.entry("d", OURS),
                    Map.entry("pid-file", OURS),
                    Map.entry("console-socket", OURS),
                    Map.entry("status-fd", OURS),
                    Map.entry("no-subreaper", OURS),
                    Map.entry("leave-running", TWO_COPIES),
                    Map.entry("lazy-pages", OURS),
                    Map.entry("pre-dump", OTHER_KIND),
                    Map.entry("auto-dedup", OTHER_KIND));

    private CheckpointArguments() {}

    /** Explains why an argument is not permitted; empty if it is. One hyphen is as good as two. */
    public static Optional<String> fault(String argument) {
        if (!argument.startsWith("-")) {
            return Optional.empty(); // The value of an option: runc itself takes one id only.
        }
        String name = argument.replaceFirst("^--?", "").split("=", 2)[0];
        return Optional.ofNullable(FAULTS.get(name));
    }
}
