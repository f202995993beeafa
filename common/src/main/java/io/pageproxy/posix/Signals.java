package io.pageproxy.posix;

import java.util.List;

/** Signal numbers of Linux on x86-64 and arm64 (signal(7)) and their names. */
public final class Signals {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;

    public static final int SIGCHLD = 17;
    public static final int SIGSTOP = 19;

    private static final List<String> NAMES =
            List.of(
                    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1",
                    "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
                    "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
                    "PWR", "SYS");

    private Signals() {}

    /**
     * Returns the name of a signal, such as {@code SIGTERM} for 15; {@code signal 40} if it has no
     * name.
     */
    public static String name(int signal) {
        return signal >= 1 && signal <= NAMES.size()
                ? "SIG" + NAMES.get(signal - 1)
                : "signal " + signal;
    }
}
