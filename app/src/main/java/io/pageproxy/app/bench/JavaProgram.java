package io.pageproxy.app.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Programs that run as this one does: the same Java, the same options for it, the same classes. */
final class JavaProgram {
    private JavaProgram() {}

    /** The words that start the class's {@code main}. */
    static List<String> words(String mainClass) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return words;
    }

    /**
     * Writes a program file for {@code dest --criu}, which poses as CRIU and has its page server on
     * standard input.
     *
     * @param words that start the page server
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
