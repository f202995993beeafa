package io.pageproxy.process;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntSupplier;

/**
 * The children that we have launched and not reaped yet. {@link AdoptedChildren} checks ownership
 * here while no launch or reap is in progress.
 */
final class OwnChildren {
    /** The children of all launchers of this process. */
    static final OwnChildren OF_THIS_PROCESS = new OwnChildren();

    private final Set<Integer> pids = ConcurrentHashMap.newKeySet();
    private final ReadWriteLock changes = new ReentrantReadWriteLock();

    /** Launches a child; the function returns its PID, or a non-positive number on failure. */
    int launch(IntSupplier launch) {
        changes.readLock().lock();
        try {
            int pid = launch.getAsInt();
            if (pid > 0) {
                pids.add(pid);
            }
            return pid;
        } finally {
            changes.readLock().unlock();
        }
    }

    /** Reaps a child; its PID may be reused immediately afterwards. */
    int reap(int pid, IntSupplier reap) {
        changes.readLock().lock();
        try {
            pids.remove(pid);
            return reap.getAsInt();
        } finally {
            changes.readLock().unlock();
        }
    }

    /**
     * Runs an action if a PID is not that of an own child.
     *
     * @return whether the action was run
     */
    boolean runUnlessOwn(int pid, Runnable action) {
        changes.writeLock().lock();
        try {
            if (pids.contains(pid)) {
                return false;
            }
            action.run();
            return true;
        } finally {
            changes.writeLock().unlock();
        }
    }
}
