package io.pageproxy.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Queries of /proc. */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /** Processes whose command line contains a text; zombies have no command line. */
    static List<Long> mentioning(String text) {
        return all().filter(pid -> read(PROC.resolve(pid + "/cmdline")).contains(text)).toList();
    }

    /** Whether a process ignores SIGHUP, which is the lowest bit of its mask. */
    static boolean ignoresHangUps(long pid) {
        return read(PROC.resolve(pid + "/status"))
                .lines()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> Character.digit(line.charAt(line.length() - 1), 16) % 2 == 1);
    }

    /** The command line of a process, for messages. */
    static String commandLine(long pid) {
        return pid + ": " + read(PROC.resolve(pid + "/cmdline")).replace('\0', ' ');
    }

    /** Waits until a process group is gone, including zombies, which would prevent a restore. */
    static void awaitGroupGone(long leader) {
        await().alias("end of process group " + leader)
                .atMost(Command.TIMEOUT)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> all().noneMatch(pid -> groupOf(pid) == leader));
    }

    private static Stream<Long> all() {
        String[] names = PROC.toFile().list((dir, name) -> name.matches("[0-9]+"));
        return Stream.of(names).map(Long::valueOf);
    }

    /** The process group; -1 if the process is gone. */
    private static long groupOf(long pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        // The name is in parentheses and may contain anything; state, parent and group follow.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 4);
        return fields.length < 3 ? -1 : Long.parseLong(fields[2]);
    }

    /** The state as in proc(5); X if the process is gone. */
    static char state(long pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        return stat.isEmpty() ? 'X' : stat.charAt(stat.lastIndexOf(')') + 2);
    }

    /**
     * How long a process has had a processor; 0 if it is gone
     * (Documentation/scheduler/sched-stats.rst).
     */
    static long ranNanos(long pid) {
        String ran = read(PROC.resolve(pid + "/schedstat"));
        return ran.isEmpty() ? 0 : Long.parseLong(ran.substring(0, ran.indexOf(' ')));
    }

    /** Current resident set size in bytes. */
    static long residentBytes(long pid) {
        return statusBytes(pid, "VmRSS:");
    }

    /** Peak resident set size in bytes. */
    static long mostResidentBytes(long pid) {
        return statusBytes(pid, "VmHWM:");
    }

    private static long statusBytes(long pid, String name) {
        String line =
                read(PROC.resolve(pid + "/status"))
                        .lines()
                        .filter(l -> l.startsWith(name))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("process " + pid + " is gone"));
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }

    /** Number of open descriptors. */
    static int descriptors(long pid) {
        return PROC.resolve(pid + "/fd").toFile().list().length;
    }

    /** Sends a signal. */
    static void signal(String name, long pid) {
        if (kill(name, pid) != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " failed");
        }
    }

    /** Kills all processes whose command line contains a text, of which some may just be ending. */
    static void killAll(String text) {
        mentioning(text).forEach(pid -> kill("KILL", pid));
    }

    /** Kills a process group, if it exists, and waits until its leader is gone. */
    static void killGroup(long leader) {
        if (kill("KILL", -leader) == 0) {
            await().alias("end of " + leader)
                    .atMost(Command.TIMEOUT)
                    .until(() -> read(PROC.resolve(leader + "/cmdline")).isEmpty());
        }
    }

    private static int kill(String signal, long target) {
        try {
            return new ProcessBuilder("kill", "-" + signal, "--", "" + target)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
