package io.pageproxy.hook;

import java.time.Duration;
import java.util.List;

/**
 * The hooks of one side.
 *
 * @param hooks those of a phase run in this order, one after the other
 * @param timeout how long each may take
 */
public record HookPlan(List<Hook> hooks, Duration timeout) {
    /** No hooks. */
    public static final HookPlan NONE = new HookPlan(List.of(), Duration.ZERO);

    public HookPlan {
        hooks = List.copyOf(hooks);
    }

    /** Those of a phase. */
    List<Hook> of(HookPhase phase) {
        return hooks.stream().filter(hook -> hook.phase() == phase).toList();
    }
}
