package io.pageproxy.cli.progress;

import io.pageproxy.source.dumper.CriuOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Estimates how much memory a dump of a process tree sends: the anonymous memory of each process,
 * also what is swapped out, and the shared memory of the one that has most of it, since processes
 * of a tree usually share the same. See proc_pid_status(5).
 */
public final class TreeMemory {
    private static final Pattern FIELD =
            Pattern.compile("(?m)^(RssAnon|VmSwap|RssShmem):\\s*(\\d+) kB$");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String SHARED = "RssShmem";
    private static final Pattern DUMP = Pattern.compile("dump|pre-dump");

    /** A tree with more processes is only estimated; so much work is done twice a second. */
    private static final int MAX_PROCESSES = 1000;

    private TreeMemory() {}

    /** Estimates the tree below a process; empty if that does not exist. */
    public static OptionalLong bytes(long root) {
        Deque<Long> left = new ArrayDeque<>(List.of(root));
        long ownKibibytes = 0;
        long sharedKibibytes = 0;
        for (int i = 0; i < MAX_PROCESSES && !left.isEmpty(); i++) {
            Path process = Path.of("/proc", Long.toString(left.removeFirst()));
            try {
                long shared = 0;
                Matcher fields = FIELD.matcher(read(process.resolve("status")));
                while (fields.find()) {
                    long kibibytes = Long.parseLong(fields.group(2));
                    if (fields.group(1).equals(SHARED)) {
                        shared = kibibytes;
                    } else {
                        ownKibibytes += kibibytes;
                    }
                }
                sharedKibibytes = Math.max(sharedKibibytes, shared);
                addChildren(process, left);
            } catch (IOException e) {
                // It has ended meanwhile, and counts no more.
            }
        }
        long kibibytes = ownKibibytes + sharedKibibytes;
        return kibibytes > 0 ? OptionalLong.of(kibibytes << 10) : OptionalLong.empty();
    }

    /** Estimates the tree that a command such as {@code criu dump -t PID} dumps. */
    public static OptionalLong ofDump(List<String> command) {
        if (command.stream().noneMatch(word -> DUMP.matcher(word).matches())) {
            return OptionalLong.empty();
        }
        OptionalLong root = CriuOptions.tree(command);
        return root.isPresent() ? bytes(root.getAsLong()) : OptionalLong.empty();
    }

    private static void addChildren(Path process, Deque<Long> left) throws IOException {
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            for (Path thread : (Iterable<Path>) threads::iterator) {
                NUMBER.matcher(read(thread.resolve("children")))
                        .results()
                        .map(MatchResult::group)
                        .map(Long::valueOf)
                        .forEach(left::addLast);
            }
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
