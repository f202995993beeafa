package io.pageproxy.source;

import io.pageproxy.source.dumper.DumpCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How many bytes of pages a dump will send at least: the private and shared memory of the tree,
 * each page that several tasks share counted once. Memory of files is left out, since most of it is
 * not dumped. Blocking.
 */
final class ExpectedPages {
    private static final long KIB = 1024;

    private ExpectedPages() {}

    /**
     * The expected bytes of a dump.
     *
     * @param command starts it
     * @return 0 if that is not known: the command names no tree, or leaves pages to a parent
     */
    static long bytesOf(DumpCommand command) {
        if (command.hasParent()) {
            return 0;
        }
        return command.tree().stream()
                .mapToObj(ProcessHandle::of)
                .flatMap(Optional::stream)
                .findFirst()
                .map(
                        root ->
                                Stream.concat(Stream.of(root), root.descendants())
                                        .mapToLong(task -> bytesOf(task.pid()))
                                        .sum())
                .orElse(0L);
    }

    private static long bytesOf(long pid) {
        Path file = Path.of("/proc", Long.toString(pid), "smaps_rollup");
        try (Stream<String> lines = Files.lines(file)) {
            return lines.flatMap(line -> kibibytes(line).stream()).mapToLong(Long::longValue).sum()
                    * KIB;
        } catch (IOException | RuntimeException goneOrNotReadable) {
            return 0;
        }
    }

    /** For example {@code Pss_Anon: 1234 kB}, see proc(5). */
    private static Optional<Long> kibibytes(String line) {
        if (!line.startsWith("Pss_Anon:") && !line.startsWith("Pss_Shmem:")) {
            return Optional.empty();
        }
        String[] words = line.split(" +", -1);
        return Optional.of(Long.parseLong(words[1]));
    }
}
