package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.hook.HookFacts;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.hook.HookRun;
import io.pageproxy.hook.Hooks;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hooks of one migration at the source; for the migration's thread. */
final class MigrationHooks {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationHooks.class);

    private final Hooks hooks;
    private final HookFacts facts;
    private final FirstFailure failure;
    private boolean begun;

    /**
     * @param failure ends a hook that runs
     */
    MigrationHooks(Hooks hooks, HookFacts facts, FirstFailure failure) {
        this.hooks = hooks;
        this.facts = facts;
        this.failure = failure;
    }

    /**
     * Runs the hooks of a phase that they may prevent; blocks.
     *
     * @throws MigrationFailedException if one fails, or if the migration fails meanwhile; no hook
     *     runs any more then
     */
    void run(HookPhase phase) {
        begun = true;
        if (!hooks.has(phase)) {
            return;
        }
        HookRun run = hooks.prepare(phase, facts);
        CompletableFuture<Void> done =
                BackgroundTask.start(
                        "hook",
                        () -> {
                            run.run();
                            return null;
                        });
        try {
            failure.await(done);
        } catch (CompletionException e) {
            throw failed(Reactions.causeOf(e));
        } finally {
            run.stop();
            done.handle((result, thrown) -> null).join();
        }
    }

    private static RuntimeException failed(Throwable cause) {
        return cause instanceof IOException
                ? new MigrationFailedException(CloseReason.LOCAL_FAILURE, cause.getMessage())
                : new IllegalStateException(cause);
    }

    /** Runs the hooks of a tree that runs at the destination; blocks. Their failure is logged. */
    void resumed() throws InterruptedException {
        runLogged(HookPhase.RESUMED, facts);
    }

    /** Runs the hooks of a tree that runs on here, if others may have run before; blocks. */
    void rolledBack(String why) throws InterruptedException {
        if (begun) {
            runLogged(HookPhase.ROLLED_BACK, facts.failed(why));
        }
    }

    private void runLogged(HookPhase phase, HookFacts told) throws InterruptedException {
        try {
            hooks.prepare(phase, told).run();
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
        }
    }
}
