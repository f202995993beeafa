package io.pageproxy.process;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaps children that this process did not launch but inherited, as the init process of a PID
 * namespace ({@code unshare --pid --fork ... pageproxy dest}) or a child subreaper does: restored
 * trees that have ended, or their orphans. Unreaped children would keep their PIDs, and a tree that
 * returns with one of these PIDs could not be restored.
 *
 * <p>It must not take the exit status of a child that we launched. Therefore it only observes which
 * child has ended ({@code WNOWAIT}) and reaps by PID those that are not in {@link OwnChildren}; our
 * own are left to their waiters.
 */
public final class AdoptedChildren {
    private static final Logger LOG = LoggerFactory.getLogger(AdoptedChildren.class);

    /** On Linux siginfo_t has 128 bytes, with the PID at offset 16 on 64-bit systems. */
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
     * Starts reaping on a thread of its own if this process can inherit children. Afterwards
     * children must only be launched by {@link PosixChildLauncher}.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static void startIfReaper() throws IOException {
        LibC libc = Posix.libc();
        int[] subreaper = new int[1];
        boolean known = libc.prctl(LibC.PR_GET_CHILD_SUBREAPER, subreaper) == 0;
        if (ProcessHandle.current().pid() != 1 && (!known || subreaper[0] == 0)) {
            return;
        }
        LOG.info("orphans become children of this process, which reaps them");
        AdoptedChildren adopted = new AdoptedChildren(libc, OwnChildren.OF_THIS_PROCESS);
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
     * Waits until any child has ended, and reaps it unless we launched it.
     *
     * @return milliseconds to wait before the next call
     */
    long reapNext() {
        try (Memory info = new Memory(SIGNAL_INFO_BYTES)) {
            info.clear();
            int options = LibC.WEXITED | LibC.WNOWAIT | LibC.WALL;
            if (libc.waitid(LibC.P_ALL, 0, info, options) < 0) {
                return Native.getLastError() == LibC.EINTR ? 0 : NO_CHILD_MILLIS;
            }
            int pid = info.getInt(PID_OFFSET);
            boolean others = own.runUnlessOwn(pid, () -> reap(pid));
            return others ? 0 : OWN_CHILD_MILLIS; // Its waiter reaps it in the meantime.
        }
    }

    private void reap(int pid) {
        libc.waitpid(pid, new int[1], LibC.WNOHANG | LibC.WALL);
        LOG.debug("reaped {}, which was not launched here", pid);
    }
}
