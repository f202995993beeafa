package io.pageproxy.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a process and its children have done so far, as /proc counts it. Two looks that are the same
 * mean that nothing was done in between: no byte read or written, no tick of a processor used.
 *
 * @param done to be compared with another look's only
 * @param inKernel whether one of them is in an uninterruptible sleep: the kernel writes or syncs
 *     for it, which counts nothing until it is done
 */
public record ProcessActivity(String done, boolean inKernel) {
    /** A wrapper and what it started; no more is looked at. */
    private static final int MOST_PROCESSES = 16;

    /** Fields of /proc/PID/stat behind the name: state, and the ticks used by it. */
    private static final int STATE = 0;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    /** Looks at one now; blocks, if only briefly. Of one that is gone nothing is seen. */
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
        for (int i = 0; i < all.size() && all.size() < MOST_PROCESSES; i++) {
            long each = all.get(i);
            for (String child : read(each, "task/" + each + "/children").split(" ", -1)) {
                if (!child.isBlank()) {
                    all.add(Long.parseLong(child.strip()));
                }
            }
        }
        return all;
    }

    /** Empty where it is gone, or may not be read. */
    private static String read(long pid, String file) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException goneOrNotOurs) {
            return "";
        }
    }
}
