package io.pageproxy.source.migrate.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cgroup that limits the processor time of a process, of version 2 or 1.
 *
 * @param folder of the cgroup
 * @param unified whether it is of version 2
 */
record CpuCgroup(Path folder, boolean unified) {
    private static final String UNLIMITED = "max";
    private static final String UNLIMITED_V1 = "-1";

    /**
     * The cgroup of a process.
     *
     * @param proc of this host
     * @throws IOException that says why it cannot be limited
     */
    static CpuCgroup of(long pid, Path proc) throws IOException {
        List<String> lines = Files.readAllLines(proc.resolve(pid + "/cgroup"));
        Optional<String> old =
                lines.stream().filter(line -> controllers(line).contains("cpu")).findFirst();
        String line =
                old.or(() -> lines.stream().filter(one -> one.startsWith("0::")).findFirst())
                        .orElseThrow(() -> new IOException("process " + pid + " has no cgroup"));
        String path = line.split(":", 3)[2];
        CpuCgroup found =
                new CpuCgroup(
                        folder(path, Files.readAllLines(proc.resolve("self/mountinfo")), old),
                        old.isEmpty());
        if (!Files.isWritable(found.file())) {
            throw new IOException(
                    "the cgroup "
                            + path
                            + " of process "
                            + pid
                            + " has no "
                            + found.file().getFileName()
                            + " to write to: give the tree a cgroup of its own with the cpu"
                            + " controller");
        }
        return found;
    }

    private static List<String> controllers(String line) {
        return Arrays.asList(line.split(":", 3)[1].split(",", -1));
    }

    private static Path folder(String path, List<String> mounts, Optional<String> old)
            throws IOException {
        for (String mount : mounts) {
            String[] fields = mount.split(" ", -1);
            int dash = Arrays.asList(fields).indexOf("-");
            boolean fits =
                    old.isPresent()
                            ? fields[dash + 1].equals("cgroup")
                                    && Arrays.asList(fields[dash + 3].split(",", -1))
                                            .contains("cpu")
                            : fields[dash + 1].equals("cgroup2");
            String root = fields[3].equals("/") ? "" : fields[3];
            if (fits && path.startsWith(root) && !path.contains("/..")) {
                return Path.of(fields[4] + path.substring(root.length()));
            }
        }
        throw new IOException("the cgroup " + path + " cannot be seen from here");
    }

    /** The file of the limit. */
    Path file() {
        return folder.resolve(unified ? "cpu.max" : "cpu.cfs_quota_us");
    }

    /** The limit as it is written. */
    String limit() throws IOException {
        return Files.readString(file()).strip();
    }

    private long periodMicros() throws IOException {
        return Long.parseLong(
                unified
                        ? limit().split(" ", -1)[1]
                        : Files.readString(folder.resolve("cpu.cfs_period_us")).strip());
    }

    /** How many processors the limit allows; infinite without a limit. */
    double cpus() throws IOException {
        String quota = limit().split(" ", -1)[0];
        return quota.equals(UNLIMITED) || quota.equals(UNLIMITED_V1)
                ? Double.POSITIVE_INFINITY
                : (double) Long.parseLong(quota) / periodMicros();
    }

    /** The text of a limit; the kernel allows no less than a millisecond of a period. */
    String limitOf(double cpus) throws IOException {
        long period = periodMicros();
        long quota = Math.max(1000, Math.round(cpus * period));
        return unified ? quota + " " + period : "" + quota;
    }

    void write(String limit) throws IOException {
        Files.writeString(file(), limit);
    }

    /** The processes in it and below; 0 for one that this process cannot see. */
    Set<Long> members() throws IOException {
        Set<Long> pids = new HashSet<>();
        try (Stream<Path> folders = Files.walk(folder)) {
            for (Path each : (Iterable<Path>) folders.filter(Files::isDirectory)::iterator) {
                for (String pid : Files.readAllLines(each.resolve("cgroup.procs"))) {
                    pids.add(Long.parseLong(pid));
                }
            }
        }
        return pids;
    }
}
