package io.pageproxy.process;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntSupplier;

/**
 * The children that we have launched and not reaped yet. Who reaps others asks here whose a child
 * is, at a moment when none is just being launched or reaped.
 */
final class OwnChildren {
    private final Set<Integer> pids = ConcurrentHashMap.newKeySet();
    private final ReadWriteLock changes = new ReentrantReadWriteLock();

    /** Launches one; what that returns is its number, and not positive where there is none. */
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

    /** Reaps one; its number may be another's at once. */
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
     * Does that where it is none of ours.
     *
     * @return whether it is none
     */
    boolean unlessOwn(int pid, Runnable action) {
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
