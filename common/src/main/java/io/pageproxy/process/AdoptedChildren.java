package io.pageproxy.process;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaps the children that this process has not launched but been given, as the first process of a
 * PID namespace is (as with {@code unshare --pid --fork ... pageproxy dest}), or a child subreaper:
 * trees that were restored here and have ended, or orphans of theirs. Unreaped they would keep
 * their numbers, and a tree that comes back with one of those could not be restored.
 *
 * <p>It must not take the exit status of a child of our own. So it only looks who has ended ({@code
 * WNOWAIT}), and reaps by number who is not in {@link OwnChildren}; ours are left to their waiters.
 */
public final class AdoptedChildren {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptedChildren.class);

    /** siginfo_t has 128 bytes on Linux, and the child's number at 16 where longs have 8. */
    private static final int SIGNAL_INFO_BYTES = 128;

    private static final int PID_OFFSET = 16;
    private static final long NO_CHILD_MILLIS = 500;
    private static final long OWN_CHILD_MILLIS = 20;

    private final LibC libc;
    private final OwnChildren own;

    AdoptedChildren(LibC libc, OwnChildren own) {
        this.libc = libc;
        this.own = own;
    }

    /**
     * Reaps them from now on, on a thread of its own, where this process is given any. Children
     * must be launched by {@link PosixChildLauncher} only then.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static void reapWhereGiven() throws IOException {
        LibC libc = Posix.libc();
        int[] subreaper = new int[1];
        boolean known = libc.prctl(LibC.PR_GET_CHILD_SUBREAPER, subreaper) == 0;
        if (ProcessHandle.current().pid() != 1 && (!known || subreaper[0] == 0)) {
            return;
        }
        LOG.info("orphans become children of this process, which reaps them");
        AdoptedChildren adopted = new AdoptedChildren(libc, PosixChildLauncher.OWN);
        Thread reaper = new Thread(adopted::reapAll, "reaper");
        reaper.setDaemon(true);
        reaper.start();
    }

    private void reapAll() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(reapNext());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits for the end of any child, and reaps it where it is none of ours.
     *
     * @return how long to wait before the next
     */
    long reapNext() {
        try (Memory info = new Memory(SIGNAL_INFO_BYTES)) {
            info.clear();
            int options = LibC.WEXITED | LibC.WNOWAIT | LibC.WALL;
            if (libc.waitid(LibC.P_ALL, 0, info, options) < 0) {
                return Native.getLastError() == LibC.EINTR ? 0 : NO_CHILD_MILLIS;
            }
            int pid = info.getInt(PID_OFFSET);
            boolean others = own.unlessOwn(pid, () -> reap(pid));
            return others ? 0 : OWN_CHILD_MILLIS; // Its waiter reaps it meanwhile.
        }
    }

    private void reap(int pid) {
        libc.waitpid(pid, new int[1], LibC.WNOHANG | LibC.WALL);
        LOG.debug("reaped {}, which was not launched here", pid);
    }
}
