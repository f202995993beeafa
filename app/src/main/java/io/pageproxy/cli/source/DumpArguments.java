package io.pageproxy.cli.source;

import java.util.Map;
import java.util.Optional;

/** Options of criu dump that an operator may not use with a migration. */
final class DumpArguments {
    private static final String OURS = "pageproxy sets it itself; leave it out";
    private static final String TWO_COPIES =
            "it would keep the tasks here while they run at the destination; leave it out";
    private static final String OTHER_KIND = "another kind of dump; leave it out";

    private static final Map<String, String> LONG =
            Map.ofEntries(
                    Map.entry("--tree", OURS),
                    Map.entry("--images-dir", OURS),
                    Map.entry("--page-server", OURS),
                    Map.entry("--ps-socket", OURS),
                    Map.entry("--address", OURS),
                    Map.entry("--port", OURS),
                    Map.entry("--tls", OURS),
                    Map.entry("--leave-running", TWO_COPIES),
                    Map.entry("--leave-stopped", TWO_COPIES),
                    Map.entry("--lazy-pages", OTHER_KIND),
                    Map.entry("--prev-images-dir", OURS),
                    Map.entry("--track-mem", OURS),
                    Map.entry(
                            "--config",
                            "a file could set options that must not be set; leave it out"));

    private static final Map<Character, String> SHORT =
            Map.of('t', OURS, 'D', OURS, 'R', TWO_COPIES, 's', TWO_COPIES);

    /** CRIU itself rejects shorter abbreviations as ambiguous. */
    private static final int SHORTEST_ABBREVIATION = 4;

    private DumpArguments() {}

    /**
     * Explains why an argument is not permitted for a lazy migration; empty if it is, or if it is
     * never permitted. CRIU unlocks connections after a failed dump, but not after its page service
     * has failed.
     */
    static Optional<String> faultWhereLazy(String argument) {
        String name =
                argument.split("=", 2)[0].replaceFirst("^-(?=[^-].)", "--"); // As runc has it.
        return name.length() >= SHORTEST_ABBREVIATION && "--tcp-established".startsWith(name)
                ? Optional.of(
                        "with --lazy a failure would leave the tasks' connections locked here;"
                                + " migrate without --lazy, or without that option")
                : Optional.empty();
    }

    /**
     * Explains why an argument is not permitted; empty if it is. Options may be abbreviated, as in
     * CRIU.
     */
    static Optional<String> fault(String argument) {
        String name = argument.split("=", 2)[0];
        if (name.startsWith("--")) {
            return LONG.entrySet().stream()
                    .filter(ours -> ours.getKey().startsWith(name))
                    .filter(ours -> name.length() >= SHORTEST_ABBREVIATION)
                    .map(Map.Entry::getValue)
                    .findFirst();
        }
        return name.length() > 1 && name.charAt(0) == '-'
                ? Optional.ofNullable(SHORT.get(name.charAt(1)))
                : Optional.empty();
    }
}
