package io.pageproxy.source.migrate.budget;

import io.pageproxy.criu.Task;
import io.pageproxy.process.ChildLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Throttles a tree by the limit of its cgroup, which must hold nothing else. The steps are those of
 * QEMU: 20 %, then 10 % more each time, up to 99 %, of the processor time that the tree used.
 *
 * <p>While CRIU holds the tree the limit is lifted: its parasite runs in the tree's tasks. A
 * watchdog writes the old limit back if this process is killed.
 */
public final class CpuThrottle implements Throttle {
    private static final Logger LOG = LoggerFactory.getLogger(CpuThrottle.class);
    private static final int FIRST_PERCENT = 20;
    private static final int STEP_PERCENT = 10;
    private static final int MOST_PERCENT = 99;
    private static final long POLL_MILLIS = 2;

    private final CpuCgroup cgroup;
    private final Supplier<Set<Long>> tree;
    private final BooleanSupplier frozen;
    private final DoubleSupplier cpusUsed;
    private final LimitWatchdog watchdog;
    private final String old;
    private final List<Integer> percents = new ArrayList<>();
    private double cpus; // Those of 100 %, from the first step on.
    private String wanted; // The limit while the tree runs; null before the first step.
    private String written; // What stands there now.
    private boolean last; // Once frozen, the old limit stays.
    private boolean closed;

    private CpuThrottle(
            CpuCgroup cgroup,
            Supplier<Set<Long>> tree,
            BooleanSupplier frozen,
            DoubleSupplier cpusUsed,
            ChildLauncher launcher)
            throws IOException {
        this.cgroup = cgroup;
        this.tree = tree;
        this.frozen = frozen;
        this.cpusUsed = cpusUsed;
        this.old = cgroup.limit();
        this.written = old;
        requireNoStranger();
        this.watchdog = LimitWatchdog.start(launcher, cgroup.file(), old);
    }

    /**
     * A throttle that takes nothing so far.
     *
     * @param root of the tree
     * @param tree its pids
     * @param launcher starts the watchdog
     * @throws IOException if the tree has no cgroup of its own; the message says so
     */
    public static CpuThrottle of(Task root, Supplier<Set<Long>> tree, ChildLauncher launcher)
            throws IOException {
        Path proc = Path.of("/proc");
        try {
            return of(
                    CpuCgroup.of(root.pid(), proc),
                    tree,
                    () -> root.tracer().isPresent(),
                    new TreeCpu(proc, tree, System::nanoTime),
                    launcher);
        } catch (IOException e) {
            throw new IOException("--auto-converge: " + e.getMessage(), e);
        }
    }

    static CpuThrottle of(
            CpuCgroup cgroup,
            Supplier<Set<Long>> tree,
            BooleanSupplier frozen,
            DoubleSupplier cpusUsed,
            ChildLauncher launcher)
            throws IOException {
        return new CpuThrottle(cgroup, tree, frozen, cpusUsed, launcher);
    }

    /** The tree is looked at last, so that a child that is forked meanwhile is no stranger. */
    private void requireNoStranger() throws IOException {
        Set<Long> members = cgroup.members();
        Set<Long> own = tree.get();
        String strangers =
                members.stream()
                        .filter(pid -> !own.contains(pid))
                        .sorted()
                        .limit(5)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "));
        if (!strangers.isEmpty()) {
            throw new IOException(
                    "the tree shares the cgroup "
                            + cgroup.folder()
                            + " with other processes ("
                            + strangers
                            + "), which would be throttled too: give the tree a cgroup of its own,"
                            + " such as by systemd-run --scope");
        }
        if (!members.containsAll(own)) {
            throw new IOException(
                    "not all processes of the tree are in the cgroup " + cgroup.folder());
        }
    }

    @Override
    public synchronized boolean more() throws IOException {
        int before = percents.isEmpty() ? 0 : percents.get(percents.size() - 1);
        if (closed || before == MOST_PERCENT) {
            return false;
        }
        int percent = before == 0 ? FIRST_PERCENT : Math.min(MOST_PERCENT, before + STEP_PERCENT);
        requireNoStranger();
        if (before == 0) {
            cpus = Math.min(cgroup.cpus(), cpusUsed.getAsDouble());
        }
        percents.add(percent);
        if (before == 0) {
            Thread lifter = new Thread(this::liftWhileFrozen, "throttle");
            lifter.setDaemon(true);
            lifter.start();
        }
        wanted = limit(percent);
        write(wanted);
        LOG.info("throttles the tree by {} %: {} in {}", percent, wanted, cgroup.file());
        return true;
    }

    private String limit(int percent) throws IOException {
        return cgroup.limitOf(cpus * (100 - percent) / 100);
    }

    @Override
    public synchronized List<Integer> percents() {
        return List.copyOf(percents);
    }

    @Override
    public synchronized void beforeLastDump() {
        last = true;
    }

    private void liftWhileFrozen() {
        try {
            while (!lift()) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("the cgroup is gone: {}", e.getMessage());
        }
    }

    /** Whether there is nothing more to do. */
    private synchronized boolean lift() throws IOException {
        if (closed) {
            return true;
        }
        boolean now = frozen.getAsBoolean();
        write(now ? old : wanted);
        return now && last;
    }

    private void write(String limit) throws IOException {
        if (!limit.equals(written)) {
            cgroup.write(limit);
            written = limit;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            write(old);
            watchdog.leave();
        } catch (IOException e) {
            // The watchdog tries again. The cgroup may be gone with its tree.
            LOG.debug("the limit {} is left to its watchdog: {}", cgroup.file(), e.getMessage());
        } finally {
            watchdog.close();
        }
    }
}
