package io.pageproxy.posix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A set of Linux capabilities, see capabilities(7).
 *
 * @param bits one bit per capability number
 */
public record Capabilities(long bits) {
    /** Required to listen on ports below 1024. */
    public static final int NET_BIND_SERVICE = 10;

    /** Required to restore anything but one's own processes. */
    public static final int SYS_ADMIN = 21;

    /** Required for pipes that are larger than the kernel's limit. */
    public static final int SYS_RESOURCE = 24;

    /** Required by CRIU's page server. */
    public static final int CHECKPOINT_RESTORE = 40;

    private static final List<String> NAMES =
            List.of(
                    "chown",
                    "dac_override",
                    "dac_read_search",
                    "fowner",
                    "fsetid",
                    "kill",
                    "setgid",
                    "setuid",
                    "setpcap",
                    "linux_immutable",
                    "net_bind_service",
                    "net_broadcast",
                    "net_admin",
                    "net_raw",
                    "ipc_lock",
                    "ipc_owner",
                    "sys_module",
                    "sys_rawio",
                    "sys_chroot",
                    "sys_ptrace",
                    "sys_pacct",
                    "sys_admin",
                    "sys_boot",
                    "sys_nice",
                    "sys_resource",
                    "sys_time",
                    "sys_tty_config",
                    "mknod",
                    "lease",
                    "audit_write",
                    "audit_control",
                    "setfcap",
                    "mac_override",
                    "mac_admin",
                    "syslog",
                    "wake_alarm",
                    "block_suspend",
                    "audit_read",
                    "perfmon",
                    "bpf",
                    "checkpoint_restore");

    private static final long ALL = (1L << NAMES.size()) - 1;

    /** The effective capabilities of the calling thread. */
    public static Capabilities effective() throws IOException {
        String start = "CapEff:\t";
        return Files.readAllLines(Path.of("/proc/thread-self/status"), StandardCharsets.ISO_8859_1)
                .stream()
                .filter(line -> line.startsWith(start))
                .map(line -> Long.parseUnsignedLong(line.substring(start.length()), 16))
                .map(Capabilities::new)
                .findFirst()
                .orElseThrow(() -> new IOException("/proc lists no capabilities"));
    }

    /** Returns this set without the given capabilities. */
    public Capabilities without(int... numbers) {
        long left = bits;
        for (int number : numbers) {
            left &= ~(1L << number);
        }
        return new Capabilities(left);
    }

    /** Whether the set contains a capability. */
    public boolean has(int number) {
        return (bits >>> number & 1) != 0;
    }

    /** Whether the set is empty. */
    public boolean isEmpty() {
        return bits == 0;
    }

    /**
     * The names separated by commas, in the notation of setpriv(1); {@code none} if empty. Of a set
     * that has almost all, it names the rest: {@code all,-sys_resource}.
     */
    @Override
    public String toString() {
        long missing = ALL & ~bits;
        if (Long.bitCount(missing) < Long.bitCount(bits & ALL) / 2) {
            return "all" + names(missing).map(name -> ",-" + name).collect(Collectors.joining());
        }
        return isEmpty() ? "none" : names(bits).collect(Collectors.joining(","));
    }

    private static Stream<String> names(long bits) {
        return IntStream.range(0, Long.SIZE)
                .filter(number -> (bits >>> number & 1) != 0)
                .mapToObj(number -> number < NAMES.size() ? NAMES.get(number) : "" + number);
    }
}
