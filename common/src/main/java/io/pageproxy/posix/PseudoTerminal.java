package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A pseudo terminal that children write to, so that we can read what they would have written to the
 * real one. Unlike a pipe it does not kill a writer if we are gone: the write fails. What is
 * written comes out unchanged.
 */
public final class PseudoTerminal {
    private final LibC libc;
    private final int ourSide;
    private final int childrensSide;

    private PseudoTerminal(LibC libc, int ourSide, int childrensSide) {
        this.libc = libc;
        this.ourSide = ourSide;
        this.childrensSide = childrensSide;
    }

    /**
     * Opens one of the size of the terminal behind a descriptor.
     *
     * @throws IOException if the system has none for us
     */
    public static PseudoTerminal like(int terminal) throws IOException {
        LibC libc = Posix.libc();
        int flags = LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC;
        int ours = check(libc, libc.open("/dev/ptmx", flags));
        try {
            int[] number = {0};
            check(libc, libc.ioctl(ours, LibC.TIOCSPTLCK, (Object) number));
            check(libc, libc.ioctl(ours, LibC.TIOCGPTN, (Object) number));
            int other = check(libc, libc.open("/dev/pts/" + number[0], flags));
            try {
                passUnchanged(libc, other);
                copySize(libc, terminal, other);
                return new PseudoTerminal(libc, ours, Posix.duplicate(other));
            } finally {
                libc.close(other);
            }
        } catch (IOException e) {
            libc.close(ours);
            throw e;
        }
    }

    /** The descriptor that children write to; ours until {@link #closeChildrensSide}. */
    public int childrensSide() {
        return childrensSide;
    }

    /** Waits for output; an empty array once we and all children have closed their side. */
    public byte[] read(int maxBytes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(maxBytes);
        long count;
        do {
            count = libc.read(ourSide, bytes, maxBytes);
        } while (count < 0 && Native.getLastError() == LibC.EINTR);
        byte[] read = new byte[(int) Math.max(0, count)];
        bytes.get(read);
        return read;
    }

    /** Lets {@link #read} come to an end. */
    public void closeChildrensSide() {
        libc.close(childrensSide);
    }

    /** Otherwise carriage returns would be added here and once more by the real terminal. */
    private static void passUnchanged(LibC libc, int descriptor) throws IOException {
        int[] settings = new int[LibC.TERMIOS_INTS];
        check(libc, libc.ioctl(descriptor, LibC.TCGETS, (Object) settings));
        settings[LibC.TERMIOS_OUTPUT_FLAGS] &= ~LibC.OPOST;
        check(libc, libc.ioctl(descriptor, LibC.TCSETS, (Object) settings));
    }

    private static void copySize(LibC libc, int from, int to) {
        short[] size = new short[LibC.WINSIZE_SHORTS];
        if (libc.ioctl(from, LibC.TIOCGWINSZ, (Object) size) == 0) {
            libc.ioctl(to, LibC.TIOCSWINSZ, (Object) size);
        }
    }

    private static int check(LibC libc, int result) throws IOException {
        if (result < 0) {
            throw new IOException("no pseudo terminal: " + libc.strerror(Native.getLastError()));
        }
        return result;
    }
}
