package io.pageproxy.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.StringJoiner;

/**
 * A private folder with a script that another program is to execute. criu takes the path of a
 * script only, with no interpreter before it, so it must lie on a file system that is not mounted
 * noexec, which the temporary folder often is. That has to be known before criu has frozen
 * anything.
 */
final class ScriptFolder {
    static final String HINT =
            "name another temporary folder with PAGEPROXY_JAVA_OPTS=-Djava.io.tmpdir=DIR";

    /** Tried in this order. */
    static final List<Path> PLACES =
            List.copyOf(
                    new LinkedHashSet<>(
                            List.of(
                                    Path.of(System.getProperty("java.io.tmpdir")),
                                    Path.of("/run"),
                                    Path.of("/var/tmp"),
                                    Path.of("/dev/shm"))));

    private ScriptFolder() {}

    /**
     * Makes one, mode 0700, in the first place where its script can be executed.
     *
     * @throws IOException that says of each place why it could not be there
     */
    static Path make(String name, String text, List<Path> places) throws IOException {
        StringJoiner refusals = new StringJoiner(", ");
        for (Path place : places) {
            try {
                Path folder = Files.createTempDirectory(place, "pageproxy-gate");
                if (holdsExecutable(folder.resolve(name), text)) {
                    return folder;
                }
                refusals.add(place + " is mounted noexec");
            } catch (IOException e) {
                refusals.add(place + " does not take it (" + e + ")");
            }
        }
        throw new IOException(
                "there is no folder for the script that criu runs: " + refusals + "; " + HINT);
    }

    /** Leaves nothing behind where it does not. */
    private static boolean holdsExecutable(Path script, String text) throws IOException {
        boolean good = false;
        try {
            Files.createFile(
                    script,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.writeString(script, text, US_ASCII);
            good = Files.isExecutable(script); // access(2) asks the mount too.
            return good;
        } finally {
            if (!good) {
                remove(script.getParent());
            }
        }
    }

    /** Removes it with all that is in it. */
    static void remove(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
