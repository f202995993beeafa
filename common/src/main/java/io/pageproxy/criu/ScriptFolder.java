package io.pageproxy.criu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.StringJoiner;

/**
 * Creates a private folder with a script that another program executes. CRIU accepts only the path
 * of a script and no interpreter, so the script must be on a file system that is not mounted
 * noexec, as the temporary folder often is. This must be known before CRIU freezes anything.
 */
final class ScriptFolder {
    static final String HINT =
            "name another temporary folder with PAGEPROXY_JAVA_OPTS=-Djava.io.tmpdir=DIR";

    /** Candidate folders in order of preference. */
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
     * Creates a folder with mode 0700 in the first place where the script is executable.
     *
     * @throws IOException if there is none; the message gives the reason for each place
     */
    static Path make(String name, String text, List<Path> places) throws IOException {
        StringJoiner refusals = new StringJoiner(", ");
        for (Path place : places) {
            try {
                Path folder = Files.createTempDirectory(place, "pageproxy-barrier");
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

    /** Writes the script and returns whether it is executable; removes it if not. */
    private static boolean holdsExecutable(Path script, String text) throws IOException {
        boolean good = false;
        try {
            Files.createFile(
                    script,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.writeString(script, text, US_ASCII);
            good = Files.isExecutable(script); // access(2) also checks the mount options.
            return good;
        } finally {
            if (!good) {
                remove(script.getParent());
            }
        }
    }

    /** Removes a folder with its contents. */
    static void remove(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
