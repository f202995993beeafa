package io.pageproxy.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A configuration file of CRIU. What it says overrides what runc asks CRIU for. An action script in
 * it runs besides ours (criu/action-scripts.c). Blocking.
 */
public final class CriuOptionsFile {
    /** Options that would lead images or pages elsewhere, or leave a second copy. */
    private static final Set<String> OURS =
            Set.of(
                    "tree",
                    "images-dir",
                    "work-dir",
                    "prev-images-dir",
                    "parent-path",
                    "page-server",
                    "address",
                    "port",
                    "ps-socket",
                    "tls",
                    "lazy-pages",
                    "leave-running",
                    "leave-stopped",
                    "pidfile",
                    "log-file",
                    "stream");

    /** CRIU unlocks connections after a failed dump, but not after its page service has failed. */
    private static final String CONNECTIONS = "tcp-established";

    /** CRIU takes an option that is abbreviated, unless it is ambiguous. */
    private static final int SHORTEST_ABBREVIATION = 2;

    /** Names such a file for one container; an empty text names none. */
    private static final String ANNOTATION = "org.criu.config";

    /** The file that runc names to CRIU where no annotation does. */
    private static final Path RUNC_CONF = Path.of("/etc/criu/runc.conf");

    private CriuOptionsFile() {}

    /**
     * Explains which option for a container's CRIU must not be there; empty if none.
     *
     * @param annotations the container's
     * @param folder from which a relative path counts
     * @param lazyDump whether the CRIU may be one that dumps lazily
     * @throws IOException if the file cannot be read
     */
    public static Optional<String> fault(
            Map<String, Object> annotations, Path folder, boolean lazyDump) throws IOException {
        Path file =
                annotations.get(ANNOTATION) instanceof String named
                        ? folder.resolve(named)
                        : RUNC_CONF;
        if (!Files.isRegularFile(file)) {
            return Optional.empty(); // CRIU ignores it too.
        }
        return fault(Files.readAllLines(file), lazyDump).map(fault -> file + " sets " + fault);
    }

    static Optional<String> fault(List<String> lines, boolean lazyDump) {
        List<String> options =
                lines.stream()
                        .map(line -> line.strip().split("[\\s=]", 2)[0].replaceFirst("^--", ""))
                        .filter(option -> option.length() >= SHORTEST_ABBREVIATION)
                        .toList();
        Optional<String> ours =
                options.stream()
                        .filter(option -> OURS.stream().anyMatch(one -> one.startsWith(option)))
                        .findFirst()
                        .map(
                                option ->
                                        option
                                                + " for CRIU, which pageproxy sets itself: remove"
                                                + " that line");
        return ours.isPresent() || !lazyDump || options.stream().noneMatch(CONNECTIONS::startsWith)
                ? ours
                : Optional.of(
                        CONNECTIONS
                                + " for CRIU, and with --lazy a failure would leave the tasks'"
                                + " connections locked here: remove that line, or migrate without"
                                + " --lazy");
    }
}
