package io.pageproxy.cli.source;

import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.OrdinaryUserConverter;
import io.pageproxy.cli.options.UserConverter;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.monitor.OrdinaryUser;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of a resident source, and which others it takes. */
final class ResidentOptions {
    private static final int MAX_JOBS = 64;
    private static final int DEFAULT_JOBS = 8;
    private static final Duration DEFAULT_REHEARSAL = Duration.ofSeconds(10);

    /** All others are for sessions, and so for jobs. */
    private static final Set<String> ITS_OPTIONS =
            Set.of(
                    "--control",
                    "--control-uid",
                    "--max-jobs",
                    "--rehearse",
                    "--user",
                    "--cert",
                    "--key",
                    "--ca",
                    "--crl",
                    "--key-password-file",
                    "--unsafe-key-permissions",
                    "--status",
                    "--log-level",
                    "--log-format",
                    "--config");

    @Option(
            names = "--control-uid",
            paramLabel = "USER",
            converter = UserConverter.class,
            description =
                    "who may give jobs to a resident source, by number or name (repeatable); they"
                            + " get its rights (default: root and the current user)")
    private Set<Integer> users = Set.of();

    @Option(
            names = "--max-jobs",
            paramLabel = "N",
            description =
                    "how many jobs of a resident source may run at a time, 1 to 64 (default: 8)")
    private Integer maxJobs;

    @Option(
            names = "--rehearse",
            paramLabel = "TIME|none",
            converter = Converters.ToDurationOrNone.class,
            description =
                    "how long a resident source may rehearse before it takes jobs, and how much"
                            + " processor time that may cost, so that the first migration is as"
                            + " quick as later ones (default: 10s)")
    private Duration rehearsal; // Null: the default; zero: none.

    @Option(
            names = "--user",
            paramLabel = "USER",
            converter = OrdinaryUserConverter.class,
            description =
                    "a resident source started as root: what speaks to the network runs as this"
                            + " user, by number or name, without capabilities; root's rights stay"
                            + " with a process that takes the jobs and does for each what it"
                            + " permits")
    private OrdinaryUser user;

    /** Who speaks to the network, if root does not. */
    Optional<OrdinaryUser> user() {
        return Optional.ofNullable(user);
    }

    /** Who may give jobs. */
    LocalUsers users() throws IOException {
        return LocalUsers.onlyOrOwn(users);
    }

    /** How many jobs may run at a time. */
    int maxJobs() {
        return maxJobs == null ? DEFAULT_JOBS : maxJobs;
    }

    /** How long it may rehearse; empty: not at all. */
    Optional<Duration> rehearsal() {
        return Optional.of(rehearsal == null ? DEFAULT_REHEARSAL : rehearsal)
                .filter(limit -> !limit.isZero());
    }

    /** Names an option that only a resident source has, if it is given. */
    Optional<String> given() {
        if (!users.isEmpty()) {
            return Optional.of("--control-uid");
        }
        if (maxJobs != null) {
            return Optional.of("--max-jobs");
        }
        if (rehearsal != null) {
            return Optional.of("--rehearse");
        }
        return user == null ? Optional.empty() : Optional.of("--user");
    }

    /**
     * Rejects these options where there is no resident source.
     *
     * @throws ParameterException if one is given
     */
    void requireNone(CommandLine command) {
        given().ifPresent(
                        option -> {
                            throw new ParameterException(
                                    command,
                                    option
                                            + " is for a resident source: give --control unix:PATH,"
                                            + " and no --connect");
                        });
    }

    /**
     * Rejects options that a resident source does not have.
     *
     * @param dumper the command behind {@code --}
     * @throws ParameterException naming the first
     */
    void validate(CommandLine command, List<String> dumper) throws IOException {
        validateUser(command);
        if (maxJobs() < 1 || maxJobs() > MAX_JOBS) {
            throw new ParameterException(
                    command, "--max-jobs " + maxJobs + " is not from 1 to " + MAX_JOBS);
        }
        if (!dumper.isEmpty()) {
            throw ofJob(command, "-- " + String.join(" ", dumper));
        }
        for (OptionSpec option : command.getParseResult().matchedOptions()) {
            if (!ITS_OPTIONS.contains(option.longestName())) {
                throw ofJob(command, option.longestName());
            }
        }
    }

    private void validateUser(CommandLine command) throws IOException {
        if (user == null) {
            return;
        }
        if (users.contains(user.id())) {
            throw new ParameterException(
                    command,
                    "--control-uid "
                            + user.name()
                            + " is the user of --user, and what speaks to the network could give"
                            + " itself jobs: name another");
        }
        OrdinaryUserConverter.requireSeparable(command, user);
    }

    private static ParameterException ofJob(CommandLine command, String what) {
        return new ParameterException(
                command,
                what
                        + " is for a session: source --control without --connect is a resident"
                        + " source, which gets that with each job; leave it out, or give"
                        + " --connect");
    }
}
