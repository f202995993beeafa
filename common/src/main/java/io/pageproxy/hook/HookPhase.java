package io.pageproxy.hook;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** When a hook runs. A hook of the first three may still prevent the migration by its failure. */
public enum HookPhase {
    /** The destination has accepted the migration; the tasks run at the source. */
    BEFORE_FREEZE("before-freeze"),

    /** The tasks are frozen and their images taken; the destination has restored nothing. */
    FROZEN("frozen"),

    /** The tree is restored at the destination and held; the tasks at the source are frozen. */
    BEFORE_RESUME("before-resume"),

    /** The tree runs at the destination. */
    RESUMED("resumed"),

    /** The migration has failed, and the tree does not run at the destination. */
    ROLLED_BACK("rolled-back");

    private final String label;

    HookPhase(String label) {
        this.label = label;
    }

    /** The phase's name for operators. */
    public String label() {
        return label;
    }

    /** The phase with that name. */
    public static Optional<HookPhase> ofLabel(String label) {
        return Arrays.stream(values()).filter(phase -> phase.label.equals(label)).findFirst();
    }

    /** The names of all phases, separated by commas. */
    public static String labels() {
        return Arrays.stream(values()).map(HookPhase::label).collect(Collectors.joining(", "));
    }
}
