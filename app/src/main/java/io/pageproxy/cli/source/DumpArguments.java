package io.pageproxy.cli.source;

import java.util.Map;
import java.util.Optional;

/** What of criu dump's options an operator may not give to a migration. */
final class DumpArguments {
    private static final String OURS = "pageproxy gives it itself; leave it out";
    private static final String TWO_COPIES =
            "with it the tasks stay here when they run at the destination; leave it out";
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
                    Map.entry("--config", "a file could say what must not be said; leave it out"));

    private static final Map<Character, String> SHORT =
            Map.of('t', OURS, 'D', OURS, 'R', TWO_COPIES, 's', TWO_COPIES);

    /** Short of that the program itself finds an abbreviation ambiguous. */
    private static final int SHORTEST_ABBREVIATION = 4;

    private DumpArguments() {}

    /**
     * Why it may not be given to a lazy one; empty where it may, or may to none. CRIU unlocks
     * connections where a dump fails, but not where the serving of its pages does.
     */
    static Optional<String> faultWhereLazy(String argument) {
        String name = argument.split("=", 2)[0];
        return name.length() >= SHORTEST_ABBREVIATION && "--tcp-established".startsWith(name)
                ? Optional.of(
                        "with --lazy a failure would leave the tasks' connections locked here;"
                                + " migrate without --lazy, or without that option")
                : Optional.empty();
    }

    /** Why it may not be given; empty where it may. Options may be abbreviated, as criu's may. */
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
