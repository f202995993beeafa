package io.pageproxy.dest.migrate;

import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.hook.HookFacts;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.hook.HookRun;
import io.pageproxy.hook.Hooks;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hooks of one migration; on its event loop. They run on workers, in order with other work. */
final class MigrationHooks {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationHooks.class);

    private final Hooks hooks;
    private final HookFacts facts;
    private final SerialWork work;
    private boolean begun;
    private HookRun last; // Null before the first.

    MigrationHooks(Hooks hooks, HookFacts facts, SerialWork work) {
        this.hooks = hooks;
        this.facts = facts;
        this.work = work;
    }

    /**
     * Runs the hooks of a phase that they may prevent, and then {@code next}; their failure is that
     * of the work.
     *
     * @param pid of the tree's root, if there is one
     */
    void run(HookPhase phase, Supplier<OptionalLong> pid, Runnable next) {
        begun = true;
        if (!hooks.has(phase)) {
            next.run();
            return;
        }
        HookRun run = prepare(phase, facts.of(pid.get()));
        work.run(() -> run(run), next);
    }

    private static void run(HookRun run) {
        try {
            run.run();
        } catch (IOException e) {
            throw new SessionException(CloseReason.RESTORE_FAILED, e.getMessage());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tree runs: its hooks run beside it. */
    void resumed(Supplier<OptionalLong> pid) {
        if (hooks.has(HookPhase.RESUMED)) {
            runLogged(HookPhase.RESUMED, facts.of(pid.get()));
        }
    }

    /** The migration has failed: ends a hook that runs. */
    void stop() {
        if (last != null) {
            last.stop();
        }
    }

    /** No tree runs here: undoes what earlier hooks have done, if any may have run. */
    void rolledBack(String why) {
        if (begun && hooks.has(HookPhase.ROLLED_BACK)) {
            runLogged(HookPhase.ROLLED_BACK, facts.failed(why));
        }
    }

    private void runLogged(HookPhase phase, HookFacts told) {
        HookRun run = prepare(phase, told);
        work.runAlways(
                () -> {
                    try {
                        run(run);
                    } catch (SessionException e) {
                        LOG.warn("{}", e.getMessage());
                    }
                });
    }

    private HookRun prepare(HookPhase phase, HookFacts told) {
        last = hooks.prepare(phase, told);
        return last;
    }
}
