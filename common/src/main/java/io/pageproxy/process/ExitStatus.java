package io.pageproxy.process;

/**
 * How a process ended.
 *
 * @param code its exit code, 0 to 255; 0 if it was killed
 * @param signal the signal that killed it, or 0 if it exited
 */
public record ExitStatus(int code, int signal) {

    public ExitStatus {
        if (code < 0 || code > 255 || signal < 0 || signal > 127 || (code != 0 && signal != 0)) {
            throw new IllegalArgumentException(
                    "no exit status: code " + code + ", signal " + signal);
        }
    }

    /** Ended by itself with this code, 0 to 255. */
    public static ExitStatus exited(int code) {
        return new ExitStatus(code, 0);
    }

    /** Killed by this signal, 1 to 127. */
    public static ExitStatus killed(int signal) {
        if (signal == 0) {
            throw new IllegalArgumentException("no signal: 0");
        }
        return new ExitStatus(0, signal);
    }

    /**
     * From the status word that {@code waitpid} fills in (Linux: low 7 bits the signal, next byte
     * the code).
     */
    static ExitStatus ofWaitStatus(int status) {
        int signal = status & 0x7f;
        return signal == 0 ? exited((status >> 8) & 0xff) : killed(signal);
    }

    /** Whether it exited by itself with code 0. */
    public boolean success() {
        return code == 0 && signal == 0;
    }

    /** What a shell makes of it: the exit code, or 128 plus the signal. */
    public int shellCode() {
        return signal == 0 ? code : 128 + signal;
    }

    /** For people: {@code exit 1}, or {@code killed by SIGKILL}. */
    public String describe() {
        return signal == 0 ? "exit " + code : "killed by " + Signals.name(signal);
    }
}
