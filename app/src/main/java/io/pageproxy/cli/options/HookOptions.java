package io.pageproxy.cli.options;

import io.pageproxy.hook.Hook;
import io.pageproxy.hook.HookPlan;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The operator's commands for the phases of a migration. */
public final class HookOptions {
    @Option(
            names = "--hook",
            paramLabel = "PHASE=COMMAND",
            converter = ToHook.class,
            description =
                    "run this command of the shell at before-freeze, frozen, before-resume, resumed"
                            + " or rolled-back (repeatable); one that fails up to before-resume"
                            + " ends the migration, and the tasks run on at the source. PAGEPROXY_*"
                            + " in its environment says what migrates")
    private List<Hook> hooks = List.of();

    @Option(
            names = "--hook-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "10s",
            description =
                    "how long each hook may take, then it is killed (default: ${DEFAULT-VALUE})")
    private Duration timeout;

    /** Converts a hook. */
    static final class ToHook implements ITypeConverter<Hook> {
        @Override
        public Hook convert(String value) {
            try {
                return Hook.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Whether there are any. */
    public boolean given() {
        return !hooks.isEmpty();
    }

    /** The plan that they make. */
    public HookPlan plan() {
        return new HookPlan(hooks, timeout);
    }
}
