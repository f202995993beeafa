package io.pageproxy.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A pseudo terminal that a shell command runs on, and a record of all that it writes there. */
final class PseudoTerminal {
    private static final String FIRST_LINE = "Script started on ";
    private static final String LAST_LINE = "\nScript done on ";

    private final Path record;
    private final List<String> words;

    /**
     * @param folder for its files
     * @param command the shell command, which the record shows as it would be typed
     */
    PseudoTerminal(Path folder, int columns, String command) {
        try {
            record = Files.createFile(folder.resolve("record"));
            Path typed = folder.resolve("typed");
            Files.writeString(
                    typed,
                    "stty rows 24 cols " + columns + "\nPS4='# '\nset -x\n" + command + "\n");
            words =
                    List.of(
                            "env",
                            "TERM=xterm",
                            "script",
                            "--quiet",
                            "--return",
                            "--flush",
                            "--command",
                            "exec sh " + typed,
                            "--log-out",
                            record.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command line that runs it and ends with its exit code. */
    List<String> words() {
        return words;
    }

    /** What has been written to the terminal so far. */
    String written() {
        try {
            String all = Files.readString(record, StandardCharsets.UTF_8);
            int start = all.startsWith(FIRST_LINE) ? all.indexOf('\n') + 1 : 0;
            int end = all.lastIndexOf(LAST_LINE);
            return all.substring(start, end < start ? all.length() : end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
