package io.pageproxy.source.monitor;

import io.pageproxy.async.Reactions;
import io.pageproxy.monitor.Exits;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.DumpLog;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.migrate.dump.LazyDump;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The dumps that a job has started, and what the network process is told of their ends. Only on the
 * job's thread.
 */
final class JobDumps {
    private final int id;
    private final ChildLauncher launcher;
    private final JobPeer peer;
    private final List<CompletableFuture<ExitStatus>> exits = new ArrayList<>();

    JobDumps(int id, ChildLauncher launcher, JobPeer peer) {
        this.id = id;
        this.launcher = launcher;
        this.peer = peer;
    }

    /** Starts a dump, whose socket is the network process's alone. */
    CallAnswer start(List<String> command) throws IOException {
        DumpLog log = DumpLog.of(command, launcher.directory());
        List<String> words = DumpCommand.ofCriu(command).withSocket();
        ChildProcess child =
                launcher.launch(new ChildSpec(words, System.getenv(), Optional.empty()));
        exits.add(child.exit());
        CompletableFuture<Optional<DumperEnd>> ended =
                child.exit().thenApply(status -> Optional.of(DumperEnd.of(command, status, log)));
        return new CallAnswer(
                child.pid(), OptionalInt.of(child.takeSocket()), () -> tellOnce(ended));
    }

    CallAnswer startLazy(LazyDump dump) throws IOException {
        dump.start(0);
        exits.add(dump.ended().thenApply(JobDumps::status));
        return new CallAnswer(
                dump.process().map(task -> task.pid()).orElse(0L),
                OptionalInt.empty(),
                () -> tellOnce(dump.ended()));
    }

    private static ExitStatus status(Optional<DumperEnd> end) {
        return end.map(DumperEnd::status).orElse(Exits.UNKNOWN);
    }

    /** An end that cannot be found out is told as unknown. */
    private void tellOnce(CompletableFuture<Optional<DumperEnd>> ended) {
        Reactions.when(ended, this::tellEnd, lost -> tellEnd(Optional.empty()));
    }

    private void tellEnd(Optional<DumperEnd> end) {
        end.flatMap(DumperEnd::log).ifPresent(text -> tell(new MonitorMessage(Kind.LOG, id, text)));
        tell(new MonitorMessage(Kind.EXITED, id, Exits.number(status(end))));
    }

    private void tell(MonitorMessage event) {
        peer.send(event, OptionalInt.empty());
    }

    /** Whether one has not ended. */
    boolean anyRuns() {
        return exits.stream().anyMatch(exit -> !exit.isDone());
    }

    /** Whether all have ended, and well. */
    boolean allSucceeded() {
        return exits.stream().allMatch(JobDumps::isGood);
    }

    private static boolean isGood(CompletableFuture<ExitStatus> exit) {
        return exit.isDone() && !exit.isCompletedExceptionally() && exit.join().success();
    }

    /**
     * Waits for each to end, as it does once the network process has closed its socket; cuts the
     * network process off for one that does not.
     *
     * @param timeout for each
     * @param lastTimeout for each, once the network process is cut off
     */
    void awaitEnds(Duration timeout, Duration lastTimeout) throws InterruptedException {
        for (CompletableFuture<ExitStatus> exit : exits) {
            if (!isOver(exit, timeout)) {
                peer.end("the dump of a job that is over does not end");
                isOver(exit, lastTimeout);
            }
        }
    }

    private static boolean isOver(CompletableFuture<ExitStatus> exit, Duration timeout)
            throws InterruptedException {
        try {
            exit.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }
}
