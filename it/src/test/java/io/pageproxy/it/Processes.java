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

/** What /proc knows. */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /**
     * The processes whose command line holds that text; not zombies, whose command line is empty.
     */
    static List<Long> mentioning(String text) {
        return all().filter(pid -> read(PROC.resolve(pid + "/cmdline")).contains(text)).toList();
    }

    /** The command line of a process, for people. */
    static String commandLine(long pid) {
        return pid + ": " + read(PROC.resolve(pid + "/cmdline")).replace('\0', ' ');
    }

    /**
     * Waits until nothing is left of a process group: even a zombie would stand in a restore's way.
     */
    static void awaitGroupGone(long leader) {
        await().alias("end of process group " + leader)
                .atMost(Command.PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> all().noneMatch(pid -> groupOf(pid) == leader));
    }

    private static Stream<Long> all() {
        String[] names = PROC.toFile().list((dir, name) -> name.matches("[0-9]+"));
        return Stream.of(names).map(Long::valueOf);
    }

    /** -1 where the process is gone. */
    private static long groupOf(long pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        // The name stands in brackets and may hold anything; then come state, parent and group.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 4);
        return fields.length < 3 ? -1 : Long.parseLong(fields[2]);
    }

    /** As in proc(5); X where it is gone. */
    static char state(long pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        return stat.isEmpty() ? 'X' : stat.charAt(stat.lastIndexOf(')') + 2);
    }

    /** Memory that is resident now, in bytes. */
    static long residentBytes(long pid) {
        return statusBytes(pid, "VmRSS:");
    }

    /** The most memory that was ever resident, in bytes. */
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

    /** How many descriptors it has open. */
    static int descriptors(long pid) {
        return PROC.resolve(pid + "/fd").toFile().list().length;
    }

    /** Sends a signal. */
    static void signal(String name, long pid) {
        if (kill(name, pid) != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " failed");
        }
    }

    /** Kills a process group, if it is there, and waits until none of its leader runs. */
    static void killGroup(long leader) {
        if (kill("KILL", -leader) == 0) {
            await().alias("end of " + leader)
                    .atMost(Command.PATIENCE)
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
