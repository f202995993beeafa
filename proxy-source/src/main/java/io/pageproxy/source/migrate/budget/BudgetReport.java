package io.pageproxy.source.migrate.budget;

import java.util.List;
import java.util.Optional;

/**
 * What was predicted of a downtime.
 *
 * @param maxSeconds what was allowed
 * @param predictedSeconds the last prediction; empty if there was none
 * @param throttlePercents the steps by which the tree was throttled
 */
public record BudgetReport(
        double maxSeconds, Optional<Double> predictedSeconds, List<Integer> throttlePercents) {
    /** Copies the steps. */
    public BudgetReport {
        throttlePercents = List.copyOf(throttlePercents);
    }
}
