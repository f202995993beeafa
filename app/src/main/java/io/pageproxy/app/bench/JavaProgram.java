package io.pageproxy.app.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Starts Java programs with the same JVM, JVM options and class path as this process. */
final class JavaProgram {
    private JavaProgram() {}

    /** Returns the command that runs the {@code main} method of a class. */
    static List<String> words(String mainClass) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return words;
    }

    /**
     * Writes an executable script for {@code dest --criu} that replaces CRIU and runs its page
     * server on standard input.
     *
     * @param words command of the page server
     */
    static void writeAsCriu(Path file, List<String> words) throws IOException {
        String quoted =
                words.stream()
                        .map(word -> "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
        String script =
                """
                #!/bin/sh
                [ "$1" != --version ] || { echo "Version: built-in"; exit; }
                exec %s "$@" <&3
                """;
        Files.writeString(file, script.formatted(quoted));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
