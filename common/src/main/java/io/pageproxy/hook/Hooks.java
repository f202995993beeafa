package io.pageproxy.hook;

import io.pageproxy.process.ChildLauncher;
import java.util.HashMap;
import java.util.Map;

/** Prepares runs of hooks; thread-safe. */
public final class Hooks {
    /** No hooks. */
    public static final Hooks NONE =
            new Hooks(
                    HookPlan.NONE,
                    spec -> {
                        throw new IllegalStateException("there are no hooks");
                    },
                    Map.of());

    private final HookPlan plan;
    private final ChildLauncher launcher;
    private final Map<String, String> environment;

    /**
     * @param launcher starts them
     * @param environment of all of them, besides what a run adds
     */
    public Hooks(HookPlan plan, ChildLauncher launcher, Map<String, String> environment) {
        this.plan = plan;
        this.launcher = launcher;
        this.environment = Map.copyOf(environment);
    }

    /** Whether there is a hook for that phase. */
    public boolean has(HookPhase phase) {
        return !plan.of(phase).isEmpty();
    }

    /** Prepares the run of all hooks of a phase, which {@code facts} tell of the migration. */
    public HookRun prepare(HookPhase phase, HookFacts facts) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(facts.environment(phase));
        return new HookRun(plan.of(phase), plan.timeout(), launcher, all);
    }
}
