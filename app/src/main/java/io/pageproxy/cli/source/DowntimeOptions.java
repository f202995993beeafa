package io.pageproxy.cli.source;

import io.pageproxy.cli.options.Converters;
import io.pageproxy.source.migrate.budget.DowntimeBudget;
import io.pageproxy.source.migrate.budget.NoConvergence;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How long the tree may be down, and what may be done for it. */
final class DowntimeOptions {
    @Option(
            names = "--max-downtime",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description =
                    "run rounds of criu pre-dump until the tree is predicted to be down for at most"
                            + " this time, such as 300ms, and freeze it then; instead of --rounds")
    private Duration maxDowntime;

    @Option(
            names = "--max-rounds",
            paramLabel = "N",
            description = "with --max-downtime: most rounds, 1 to 32 (default: 16)")
    private Integer maxRounds;

    @Option(
            names = "--auto-converge",
            description =
                    "with --max-downtime: if rounds do not shrink, throttle the tree by the cpu"
                            + " limit of its cgroup, by 20 %% and then 10 %% more each time, up to"
                            + " 99 %%. The old limit comes back in every outcome. The cgroup must"
                            + " hold nothing but the tree")
    private boolean autoConverge;

    @Option(
            names = "--on-no-convergence",
            paramLabel = "abort|lazy|stop",
            description =
                    "with --max-downtime: what follows the last round if the prediction is still"
                            + " longer: abort, the tree runs on here and migrate exits with 7;"
                            + " lazy, already when rounds do not shrink, it runs at the destination"
                            + " before the rest of its memory is there (see --lazy); stop, it is"
                            + " moved all the same (default: abort)")
    private NoConvergence onNoConvergence;

    /**
     * How many rounds there are.
     *
     * @param rounds those of --rounds
     * @throws ParameterException with the problem and its remedy
     */
    RoundsChoice rounds(CommandLine command, RoundsChoice rounds) {
        if (maxDowntime == null) {
            if (maxRounds != null || autoConverge || onNoConvergence != null) {
                throw new ParameterException(
                        command,
                        "--max-rounds, --auto-converge and --on-no-convergence are for"
                                + " --max-downtime TIME: give that too, or leave them out");
            }
            return rounds;
        }
        if (rounds.most() > 0) {
            throw new ParameterException(
                    command,
                    "--max-downtime and --rounds exclude each other: the downtime decides how many"
                            + " rounds there are, at most --max-rounds N; leave --rounds out");
        }
        int most = maxRounds == null ? DowntimeBudget.DEFAULT_MAX_ROUNDS : maxRounds;
        if (most < 1 || most > RoundsChoice.MOST) {
            throw new ParameterException(
                    command,
                    "--max-rounds: '" + most + "' is not a number from 1 to " + RoundsChoice.MOST);
        }
        return RoundsChoice.within(
                new DowntimeBudget(
                        maxDowntime,
                        most,
                        autoConverge,
                        onNoConvergence == null ? NoConvergence.ABORT : onNoConvergence));
    }
}
