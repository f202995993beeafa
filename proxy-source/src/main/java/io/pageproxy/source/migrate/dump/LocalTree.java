package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.migrate.budget.CpuThrottle;
import io.pageproxy.source.migrate.budget.Throttle;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tree over which this process has the rights. */
public final class LocalTree implements MovedTree {
    private static final Logger LOG = LoggerFactory.getLogger(LocalTree.class);

    /** How long a CRIU that was told what to do may outlive the program that started it. */
    private static final Duration HOLDER_END_TIMEOUT = Duration.ofSeconds(30);

    private final MigrationPlan plan;
    private final ChildLauncher launcher;
    private final BooleanSupplier ownerLives;
    private ActionScriptBarrier barrier; // Null before open.
    private Optional<RuncCriu> runcCriu = Optional.empty(); // For containers, from open on.
    private volatile Optional<RuncCriu> criuOfRounds = Optional.empty(); // From the first one on.
    private volatile Optional<Task> holder = Optional.empty(); // The CRIU that holds the tasks.
    private TaskTree tasks; // Null before count.
    private Optional<NetworkLock> networkLock = Optional.empty(); // From go on.
    private boolean unlocked;

    /**
     * A tree that is left alone so far.
     *
     * @param launcher starts the dumps and the watchdog
     */
    public LocalTree(MigrationPlan plan, ChildLauncher launcher) {
        this(plan, launcher, () -> true);
    }

    /**
     * @param ownerLives false once whoever decides about the tree is lost: a held dump fails then
     */
    public LocalTree(MigrationPlan plan, ChildLauncher launcher, BooleanSupplier ownerLives) {
        this.plan = plan;
        this.launcher = launcher;
        this.ownerLives = ownerLives;
    }

    @Override
    public boolean lives() {
        return plan.root().lives();
    }

    @Override
    public void open() throws IOException {
        barrier = ActionScriptBarrier.open("post-dump");
        barrier.ownedByThisThread(ownerLives);
        if (plan.container().isPresent()) {
            runcCriu = Optional.of(RuncCriu.of(plan.criu(), barrier, runcOptions()));
        }
    }

    private List<String> runcOptions() {
        List<String> options = new ArrayList<>(RuncContainer.options());
        plan.connections().ifPresent(lock -> options.add("network-lock " + lock.word()));
        return options;
    }

    @Override
    public DumpCommand preDumper(int round) throws IOException {
        Files.createDirectory(plan.roundFolder(round));
        if (plan.container().isEmpty()) {
            return DumpCommand.ofCriu(plan.preDumper(round));
        }
        if (criuOfRounds.isEmpty()) {
            criuOfRounds =
                    Optional.of(RuncCriu.withoutBarrier(plan.criu(), RuncContainer.options()));
        }
        return plan.containerPreDumper(plan.container().get(), round, criuOfRounds.get());
    }

    @Override
    public Optional<Path> localRound(int round) {
        return Optional.of(plan.roundFolder(round));
    }

    @Override
    public OptionalDouble frozenSeconds(int round) {
        return DumpStatistics.frozenSeconds(plan.roundFolder(round));
    }

    @Override
    public Throttle throttle() throws IOException {
        return CpuThrottle.of(plan.root(), () -> TaskTree.of(plan.root()).pids(), launcher);
    }

    @Override
    public DumpCommand dumper(int roundsDone) {
        return runcCriu.isPresent()
                ? plan.containerDumper(plan.container().orElseThrow(), roundsDone, runcCriu.get())
                : DumpCommand.ofCriu(plan.dumper(roundsDone, barrier.arguments()));
    }

    @Override
    public ChildLauncher launcher() {
        return launcher;
    }

    @Override
    public CompletableFuture<Void> held() {
        return barrier.reached();
    }

    @Override
    public void go() throws IOException {
        plan.connections().ifPresent(this::noteConnections);
        barrier.go();
    }

    /** The tasks are frozen, so that nothing changes meanwhile. */
    private void noteConnections(LockMethod method) {
        try {
            networkLock =
                    Optional.of(
                            NetworkLock.of(
                                    method,
                                    plan.root(),
                                    TaskTree.of(plan.root()).pids(),
                                    plan.dumpFolder()));
        } catch (IOException e) {
            LOG.warn(
                    "what CRIU blocks of the tree's connections is not known, and stays blocked: {}",
                    FailureText.of(e));
        }
    }

    @Override
    public void release() {
        try {
            if (barrier != null) {
                barrier.close();
            }
        } catch (IOException e) {
            LOG.debug("what is left of the action script's folder stays", e);
        }
    }

    @Override
    public DumpedImages images(boolean pages) throws IOException {
        return LocalImages.of(plan.dumpFolder(), pages);
    }

    @Override
    public int count() {
        tasks = TaskTree.of(plan.root());
        holder = plan.root().tracer();
        return tasks.size();
    }

    @Override
    public void unlockConnections() {
        if (networkLock.isEmpty() || unlocked) {
            return;
        }
        try {
            unlocked = true;
            networkLock.get().unlock();
            LOG.debug("CRIU's rules about {} connections removed", networkLock.get().connections());
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    @Override
    public boolean awaitGone(Duration timeout) throws InterruptedException {
        return tasks.awaitGone(timeout);
    }

    /** A program between us and CRIU may have been killed, and CRIU goes on without it. */
    @Override
    public void awaitHolderGone() throws InterruptedException {
        if (holder.isPresent() && !TaskTree.of(holder.get()).awaitGone(HOLDER_END_TIMEOUT)) {
            LOG.warn("criu, process {}, does not end", holder.get().pid());
        }
    }

    @Override
    public LazyDump lazyDump(int port) {
        return new CriuLazyDump(plan, launcher, port, ownerLives);
    }

    @Override
    public StoppedTree prepareStop() throws IOException {
        return WatchedTree.prepare(launcher, plan.root());
    }

    @Override
    public void close() {
        release();
        runcCriu.ifPresent(RuncCriu::close);
        criuOfRounds.ifPresent(RuncCriu::close);
        networkLock.ifPresent(this::close);
    }

    /** Without its tasks and a copy elsewhere, the blocked connections wait for a restore. */
    private void close(NetworkLock lock) {
        if (!unlocked && lock.connections() > 0 && !plan.root().lives()) {
            LOG.warn(
                    "{} connections stay blocked here, so that they can be restored: see iptables"
                            + " -S, ip6tables -S or nft list ruleset",
                    lock.connections());
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.debug("a network namespace stays open", e);
        }
    }
}
