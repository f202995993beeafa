package io.pageproxy.cli.source;

import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.RuncProgramOptions;
import io.pageproxy.criu.Task;
import io.pageproxy.posix.Posix;
import io.pageproxy.runc.Bundle;
import io.pageproxy.runc.ContainerId;
import io.pageproxy.runc.ContainerState;
import io.pageproxy.runc.CriuOptionsFile;
import io.pageproxy.runc.RuncProgram;
import io.pageproxy.source.migrate.dump.RuncContainer;
import io.pageproxy.source.migrate.dump.TaskTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which container moves, instead of a process tree. */
final class ContainerOptions {
    @Option(
            names = "--runc",
            paramLabel = "ID",
            description =
                    "instead of --pid: the container of runc to move; the destination restores it"
                            + " with its runc (dest --runc-bundles)")
    private String id;

    @Mixin private RuncProgramOptions program;

    /**
     * A container that can move.
     *
     * @param root its first process
     * @param bundle the folder that it was made from
     */
    record Found(Task root, RuncContainer container, Path bundle) {}

    /** Whether a container is to move. */
    boolean isGiven() {
        return id != null;
    }

    /**
     * Rejects contradictory options.
     *
     * @param hasPid whether there is a process tree
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command, boolean hasPid) {
        if (isGiven() == hasPid) {
            throw new ParameterException(
                    command,
                    hasPid
                            ? "--pid and --runc exclude each other: leave one out"
                            : "what is to move? Give --pid PID, or --runc ID for a container");
        }
        if (!isGiven()) {
            if (program.isGiven()) {
                throw new ParameterException(
                        command,
                        "--runc-program and --runc-root are for --runc ID: give that too, or leave"
                                + " them out");
            }
            return;
        }
        ContainerId.fault(id)
                .ifPresent(
                        fault -> {
                            throw new ParameterException(command, "--runc: " + fault);
                        });
    }

    /**
     * Asks runc for the container, and checks what can be known before it is frozen.
     *
     * @param lazy whether it may run before its memory has arrived
     * @throws ParameterException that says why it cannot move
     * @throws IOException if runc cannot be asked
     */
    Found find(CommandLine command, WorkingDirectory directory, boolean lazy) throws IOException {
        RuncProgram runc = program.program(directory);
        if (Posix.effectiveUser() != 0) {
            throw new ParameterException(
                    command,
                    "--runc " + id + ": only root can checkpoint a container; start it as root");
        }
        ContainerState state =
                runc.state(id)
                        .orElseThrow(
                                () -> wrong(command, "there is no such container: see runc list"));
        if (!state.is(ContainerState.RUNNING)) {
            throw wrong(
                    command,
                    "the container is "
                            + state.status()
                            + ", and only a running one can move"
                            + (state.is(ContainerState.PAUSED) ? ": runc resume " + id : ""));
        }
        requireMovable(command, state, lazy);
        Task root =
                Task.of(state.pid())
                        .orElseThrow(() -> wrong(command, "its first process has just ended"));
        requireOneTree(command, runc, root);
        return new Found(root, new RuncContainer(runc, id), state.bundle());
    }

    /**
     * CRIU dumps the tree of the first process only; what else is in the container would be lost.
     */
    private void requireOneTree(CommandLine command, RuncProgram runc, Task root)
            throws IOException {
        Set<Long> others = runc.tasks(id);
        others.removeAll(TaskTree.of(root).pids());
        others.removeIf(pid -> Task.of(pid).isEmpty());
        if (!others.isEmpty()) {
            throw wrong(
                    command,
                    "its processes "
                            + others
                            + " are not of its first one's tree, so they cannot move: end what runc"
                            + " exec has started");
        }
    }

    private void requireMovable(CommandLine command, ContainerState state, boolean lazy)
            throws IOException {
        Bundle bundle = Bundle.read(state.bundle());
        if (bundle.hasTerminal()) {
            throw wrong(
                    command,
                    "it has a terminal (process.terminal in "
                            + state.bundle()
                            + "/config.json), which cannot move: run it without one");
        }
        Optional<String> fault = bundle.fault();
        if (fault.isEmpty()) {
            Path here = Path.of("").toAbsolutePath();
            fault = CriuOptionsFile.fault(state.annotations(), here, lazy);
        }
        if (fault.isPresent()) {
            throw wrong(command, fault.get());
        }
    }

    private ParameterException wrong(CommandLine command, String why) {
        return new ParameterException(command, "--runc " + id + ": " + why);
    }
}
