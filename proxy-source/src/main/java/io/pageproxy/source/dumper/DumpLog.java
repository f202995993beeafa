package io.pageproxy.source.dumper;

import io.pageproxy.text.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;

/**
 * The log file of a dump, found by the options of its command: {@code --log-file}, relative to
 * {@code --work-dir} or else {@code --images-dir}. Without {@code --log-file} CRIU writes to
 * standard error. Blocking.
 */
public final class DumpLog {
    private static final int MAX_LINES = 12;
    private static final int MAX_BYTES = 64 * 1024;

    private final Optional<Path> file;
    private final Optional<FileTime> timeBefore;

    private DumpLog(Optional<Path> file) {
        this.file = file;
        this.timeBefore = file.flatMap(DumpLog::time);
    }

    /**
     * The log of a dump that has not begun, so that the log of an earlier one is not taken for it.
     *
     * @param command the program and its arguments
     * @param directory from which its paths count
     */
    public static DumpLog of(List<String> command, Path directory) {
        Optional<String> log = CriuOptions.value(command, "-o", "--log-file");
        Optional<String> folder =
                CriuOptions.value(command, "-W", "--work-dir")
                        .or(() -> CriuOptions.value(command, "-D", "--images-dir"));
        return new DumpLog(log.map(name -> directory.resolve(folder.orElse("")).resolve(name)));
    }

    /** The log in that file, of a dump that has not begun. */
    static DumpLog at(Path file) {
        return new DumpLog(Optional.of(file));
    }

    /** Its last lines, printable; errors only, if it has any. Empty if this dump has no log. */
    Optional<String> tail() {
        if (file.isEmpty() || time(file.get()).equals(timeBefore)) {
            return Optional.empty();
        }
        List<String> lines = LogTail.of(file.get(), Integer.MAX_VALUE, MAX_BYTES).lines().toList();
        List<String> errors = lines.stream().filter(DumpLog::isError).toList();
        List<String> shown = errors.isEmpty() ? lines : errors;
        return shown.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", last(shown)));
    }

    /** With {@code -v4} a line begins with its time. */
    private static boolean isError(String line) {
        return line.startsWith("Error ") || line.contains(") Error ");
    }

    private static List<String> last(List<String> lines) {
        return lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size());
    }

    private static Optional<FileTime> time(Path file) {
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
