package io.pageproxy.source.migrate;

import io.pageproxy.async.Reactions;
import io.pageproxy.process.ActionGate;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What has to be done while a dump is held at its gate, on a thread that is there before anything
 * is frozen. Whatever fails in it, its owner hears of it; and the gate, which is told to wait only
 * while the thread lives, says no where it ends without having said go.
 */
final class HeldDump implements AutoCloseable {
    private final ActionGate gate;
    private final Work work;
    private final Consumer<Throwable> owner;
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** May block, and may fail in any way. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /**
     * One that is not watched for yet.
     *
     * @param owner is told of whatever the work throws
     */
    HeldDump(ActionGate gate, Work work, Consumer<Throwable> owner) {
        this.gate = gate;
        this.work = work;
        this.owner = owner;
    }

    /** Does the work as soon as the dump is held. */
    void watch() {
        Thread worker = new Thread(this::run, "migration");
        worker.setDaemon(true);
        worker.start();
        gate.ownedBy(worker::isAlive);
    }

    private void run() {
        CompletableFuture.anyOf(gate.reached(), over).join();
        if (!gate.reached().isDone()) {
            return;
        }
        try {
            work.run();
        } catch (IOException | RuntimeException | Error e) {
            owner.accept(Reactions.causeOf(e));
        }
    }

    /** The dump is over, and may not have come so far. */
    @Override
    public void close() {
        over.complete(null);
    }
}
