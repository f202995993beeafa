package io.pageproxy.cli.progress;

import io.pageproxy.posix.PseudoTerminal;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.util.Optional;

/**
 * The terminal of the children that we start where ours shows progress. What they print goes
 * through {@link System#err}, so it does not mix with the progress line. Where we have no terminal,
 * children simply share our standard streams.
 */
public final class ChildTerminal {
    private static final int STANDARD_ERROR = 2;
    private static final int MAX_READ_BYTES = 8192;

    /** For the last words of a child; one that has left children of its own never says its last. */
    private static final long MAX_LAST_WORDS_MILLIS = 1000;

    private final Optional<PseudoTerminal> terminal;
    private final Thread reader = new Thread(this::copy, "child-terminal");

    private ChildTerminal(Optional<PseudoTerminal> terminal) {
        this.terminal = terminal;
        if (terminal.isPresent()) {
            reader.setDaemon(true);
            reader.start();
        }
    }

    /** Opens it, if progress is shown. */
    public static ChildTerminal open() throws IOException {
        return new ChildTerminal(
                LiveTerminal.isStandardError() ? pseudoTerminal() : Optional.empty());
    }

    /** Without one, such as in a chroot without /dev/pts, the output of children may mix. */
    private static Optional<PseudoTerminal> pseudoTerminal() {
        try {
            return Optional.of(PseudoTerminal.like(STANDARD_ERROR));
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    /** Returns a launcher of children that write here. */
    public PosixChildLauncher launcher(PosixChildLauncher launcher) {
        return terminal.map(PseudoTerminal::childrensSide)
                .map(launcher::writingTo)
                .orElse(launcher);
    }

    /** Prints the last words of the children, which have ended. To be called once. */
    public void drain() {
        terminal.ifPresent(PseudoTerminal::closeChildrensSide);
        try {
            reader.join(MAX_LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void copy() {
        for (byte[] bytes = read(); bytes.length > 0; bytes = read()) {
            System.err.write(bytes, 0, bytes.length);
            System.err.flush();
        }
    }

    private byte[] read() {
        return terminal.get().read(MAX_READ_BYTES);
    }
}
