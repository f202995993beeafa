package io.pageproxy.cli.source;

import io.pageproxy.process.ExecutablePath;
import io.pageproxy.source.migrate.dump.LockMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Whether the tree's TCP connections move with it. */
final class ConnectionOptions {
    private static final String NAME = "--tcp-established";

    @Option(
            names = NAME,
            description =
                    "move open TCP connections too: the other ends notice nothing, provided that"
                            + " the address which they use moves as well (--hook). Needs iptables"
                            + " or nft here, and dest --tcp-established")
    private boolean established;

    /**
     * How CRIU is to block the connections of the frozen tree; empty if they do not move.
     *
     * @throws ParameterException if it cannot, or with a lazy migration
     */
    Optional<LockMethod> method(CommandLine command, boolean lazy) {
        if (!established) {
            return Optional.empty();
        }
        if (lazy) {
            throw new ParameterException(
                    command,
                    "--lazy and --tcp-established exclude each other: a failure would leave the"
                            + " tasks' connections blocked here; leave one out");
        }
        Optional<LockMethod> found = LockMethod.available(ExecutablePath.ofThisProcess());
        if (found.isEmpty()) {
            throw new ParameterException(
                    command,
                    "--tcp-established needs iptables or nft, by which CRIU blocks the connections"
                            + " of frozen tasks: install one");
        }
        return found;
    }

    /**
     * Arguments of the dump with the one for connections, if they move.
     *
     * @throws ParameterException as {@link #method}
     */
    List<String> withOption(CommandLine command, boolean lazy, List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        method(command, lazy).ifPresent(lock -> all.add(NAME));
        return all;
    }
}
