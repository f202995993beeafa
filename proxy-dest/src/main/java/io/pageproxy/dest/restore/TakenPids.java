package io.pageproxy.dest.restore;

import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds pids of a tree that other processes of this host use, so that the tree cannot be restored.
 * There is an image {@code core-PID.img} for each task and thread.
 */
public final class TakenPids {
    private static final Path PROC = Path.of("/proc");
    private static final Pattern CORE = Pattern.compile("core-([1-9][0-9]{0,9})\\.img");

    /** What CRIU says of a pid that it cannot have (criu/cr-restore.c). */
    private static final Pattern TAKEN_IN_LOG =
            Pattern.compile(
                    "Can't fork for ([0-9]{1,10}): File exists"
                            + "|[Pp]id ([0-9]{1,10}) (?:is taken|do not match expected)");

    /** How many pids are named; the others are counted. */
    private static final int MAX_NAMED = 3;

    private TakenPids() {}

    /**
     * Explains which processes use the pids, and what to do; empty if no pid is taken, or if the
     * tree has its own PID namespace. Tells only the names of programs, since the peer reads it
     * too. Blocks.
     *
     * @param images the folder of the tree's images
     * @param left tasks that a failed restore has left; these do not count
     */
    public static Optional<String> explain(Path images, List<Long> left) {
        SortedSet<Long> taken = tasks(images);
        if (taken.contains(1L)) {
            return Optional.empty(); // The pids are those of its own PID namespace.
        }
        taken.removeIf(left::contains);
        return explain(taken);
    }

    /** Explains which processes use some of these pids; empty if none is taken. Blocks. */
    public static Optional<String> explain(Collection<Long> pids) {
        List<Long> taken = pids.stream().filter(pid -> Files.exists(proc(pid))).toList();
        if (taken.isEmpty()) {
            return Optional.empty();
        }
        StringBuilder words = new StringBuilder();
        taken.stream().limit(MAX_NAMED).forEach(pid -> words.append(holder(pid)).append(", "));
        if (taken.size() > MAX_NAMED) {
            words.append("and ").append(taken.size() - MAX_NAMED).append(" more are taken, ");
        }
        return Optional.of(
                words
                        + "and a restored tree keeps its pids: end what has them, or start dest in a"
                        + " PID namespace of its own (unshare --pid --fork --mount-proc)");
    }

    /**
     * Explains the log of a restore that found a pid taken which nobody has any more; empty if it
     * says nothing of that.
     */
    public static Optional<String> explainLog(String log) {
        Matcher taken = TAKEN_IN_LOG.matcher(log);
        return taken.find()
                ? Optional.of(
                        "pid "
                                + (taken.group(1) == null ? taken.group(2) : taken.group(1))
                                + " was taken here by a process that is gone by now: try again, or"
                                + " start dest in a PID namespace of its own (unshare --pid --fork"
                                + " --mount-proc)")
                : Optional.empty();
    }

    private static SortedSet<Long> tasks(Path images) {
        SortedSet<Long> tasks = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(images, "core-*.img")) {
            for (Path file : files) {
                Matcher core = CORE.matcher(file.getFileName().toString());
                if (core.matches()) {
                    tasks.add(Long.parseLong(core.group(1)));
                }
            }
        } catch (IOException e) {
            return new TreeSet<>(); // There is no explanation then.
        }
        return tasks;
    }

    private static Path proc(long pid) {
        return PROC.resolve(Long.toString(pid));
    }

    private static String holder(long pid) {
        try {
            String stat = Files.readString(proc(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            String[] rest = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            boolean zombie = rest[0].equals("Z");
            return "pid "
                    + pid
                    + " is taken here by "
                    + SafeText.line(name)
                    + (zombie ? " (ended, but not reaped by its parent " + rest[1] + ")" : "");
        } catch (IOException | RuntimeException gone) {
            return "pid " + pid + " was taken here";
        }
    }
}
