package io.pageproxy.process;

import io.pageproxy.posix.Signals;

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

    /** The status of a process that exited with a code, 0 to 255. */
    public static ExitStatus exited(int code) {
        return new ExitStatus(code, 0);
    }

    /** The status of a process that was killed by a signal, 1 to 127. */
    public static ExitStatus killed(int signal) {
        if (signal == 0) {
            throw new IllegalArgumentException("no signal: 0");
        }
        return new ExitStatus(0, signal);
    }

    /**
     * Decodes the status word of {@code waitpid} (on Linux the signal in the low 7 bits, the code
     * in the next byte).
     */
    static ExitStatus ofWaitStatus(int status) {
        int signal = status & 0x7f;
        return signal == 0 ? exited((status >> 8) & 0xff) : killed(signal);
    }

    /** Whether it exited with code 0. */
    public boolean success() {
        return code == 0 && signal == 0;
    }

    /** The exit status in shell notation: the code, or 128 plus the signal. */
    public int shellCode() {
        return signal == 0 ? code : 128 + signal;
    }

    /** A description such as {@code exit 1} or {@code killed by SIGKILL}. */
    public String describe() {
        return signal == 0 ? "exit " + code : "killed by " + Signals.name(signal);
    }
}
