package io.pageproxy.source.migrate;

import io.pageproxy.criu.Task;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.dumper.DumperEnds;
import io.pageproxy.source.migrate.dump.LazyDump;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A lazy dump whose process does nothing; a test decides when it is held and when it ends. */
final class FakeLazyDump implements LazyDump {
    /** Completes when the dump has begun. */
    final CompletableFuture<Void> began = new CompletableFuture<>();

    /** Completed by the test when the dump is held. */
    final CompletableFuture<Void> held = new CompletableFuture<>();

    /** Completes when the end of the dump is awaited. */
    final CompletableFuture<Void> ending = new CompletableFuture<>();

    /** Completed by the test when the dump may end. */
    final CompletableFuture<Void> mayEnd = new CompletableFuture<>();

    private final CompletableFuture<Optional<DumperEnd>> ended = new CompletableFuture<>();
    private final SleepingTree process = new SleepingTree();
    private final FakeLazyPages pages;
    private volatile boolean aborted;

    /** How many rounds it builds on. */
    volatile int roundsDone;

    FakeLazyDump(FakeLazyPages pages) {
        this.pages = pages;
    }

    /** Ends the dump as if it had been killed. */
    void die() {
        ended.complete(Optional.of(DumperEnds.ended(ExitStatus.killed(9))));
    }

    /** Ends the dump as if it had failed by itself, with that at the end of its log. */
    void fail(String log) {
        ended.complete(Optional.of(DumperEnds.exited(1, log)));
    }

    boolean aborted() {
        return aborted;
    }

    @Override
    public void open() {}

    @Override
    public void start(int rounds) {
        roundsDone = rounds;
        began.complete(null);
    }

    @Override
    public Optional<Task> process() {
        return Optional.of(process.task());
    }

    @Override
    public CompletableFuture<Void> held() {
        return held;
    }

    @Override
    public CompletableFuture<Optional<DumperEnd>> ended() {
        return ended;
    }

    @Override
    public void serve() {
        pages.serving.complete(null);
    }

    @Override
    public void awaitEnd(Duration timeout) {
        ending.complete(null);
        mayEnd.join();
        ended.complete(Optional.of(DumperEnds.exited(0)));
    }

    @Override
    public void abort() {
        aborted = true;
        ended.complete(Optional.of(DumperEnds.exited(1)));
    }

    @Override
    public void close() {
        process.close();
    }
}
