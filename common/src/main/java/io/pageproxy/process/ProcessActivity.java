package io.pageproxy.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The activity of a process and its children so far, from /proc. Equal values of {@code done} mean
 * that no byte was read or written and no CPU tick was used in between.
 *
 * @param done activity counters, only for comparison with another sample
 * @param inKernel whether one of the processes is in uninterruptible sleep: the kernel writes or
 *     syncs for it, which is not visible in the counters until it is done
 */
public record ProcessActivity(String done, boolean inKernel) {
    /** Maximum number of processes that are examined: a wrapper and its descendants. */
    private static final int MAX_PROCESSES = 16;

    /** Indexes of fields of /proc/PID/stat behind the process name: state and CPU ticks. */
    private static final int STATE = 0;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    /** Samples a process; blocks briefly. A process that does not exist has no activity. */
    public static ProcessActivity of(long pid) {
        StringBuilder done = new StringBuilder();
        boolean inKernel = false;
        for (long each : withChildren(pid)) {
            String stat = read(each, "stat");
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            if (fields.length > SYSTEM_TICKS) {
                inKernel |= fields[STATE].equals("D");
                done.append(each)
                        .append(fields[STATE])
                        .append(fields[USER_TICKS])
                        .append('+')
                        .append(fields[SYSTEM_TICKS]);
            }
            done.append(read(each, "io")).append('\n');
        }
        return new ProcessActivity(done.toString(), inKernel);
    }

    private static List<Long> withChildren(long pid) {
        List<Long> all = new ArrayList<>(List.of(pid));
        for (int i = 0; i < all.size() && all.size() < MAX_PROCESSES; i++) {
            long each = all.get(i);
            for (String child : read(each, "task/" + each + "/children").split(" ", -1)) {
                if (!child.isBlank()) {
                    all.add(Long.parseLong(child.strip()));
                }
            }
        }
        return all;
    }

    /** Reads a file of /proc/PID; empty if the process has ended or the file is not readable. */
    private static String read(long pid, String file) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException goneOrNotOurs) {
            return "";
        }
    }
}
