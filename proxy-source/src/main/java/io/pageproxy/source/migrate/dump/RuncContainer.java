package io.pageproxy.source.migrate.dump;

import io.pageproxy.runc.ContainerState;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.runc.RuncProgram;
import io.pageproxy.source.dumper.DumpCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container of runc at the source, which runc itself checkpoints. Blocking.
 *
 * @param runc knows it
 * @param id of the container
 */
public record RuncContainer(RuncProgram runc, String id) {
    /** Log of its CRIU; runc chooses the name. */
    private static final String LOG_FILE = "dump.log";

    /** Makes runc ask for a page server; CRIU takes the socket instead. */
    private static final String NOWHERE = "127.0.0.1:1";

    private static final Logger LOG = LoggerFactory.getLogger(RuncContainer.class);

    /** What its CRIU's configuration says of its page server: that has none of runc's options. */
    static List<String> options() {
        return List.of("ps-socket " + DumpCommand.PASSED_DESCRIPTOR);
    }

    /** The same for a dump that serves its pages: of runc's address it takes the port only. */
    static List<String> lazyOptions() {
        return List.of("address " + MigrationPlan.LOOPBACK);
    }

    /**
     * Command of its dump, which the barrier holds.
     *
     * @param folder for images and log
     * @param pid of its first process
     * @param criu with the barrier
     * @param more the operator's arguments of {@code runc checkpoint}
     */
    DumpCommand dumper(Path folder, long pid, RuncCriu criu, List<String> more) {
        return dumper(
                folder,
                pid,
                criu,
                List.of("--page-server", NOWHERE),
                DumpCommand.Pages.PASSED_SOCKET,
                more);
    }

    /**
     * Command of a dump that keeps its pages and serves them, which the barrier holds.
     *
     * @param port of the loopback address, where it will listen
     */
    DumpCommand lazyDumper(Path folder, long pid, RuncCriu criu, int port, List<String> more) {
        return dumper(
                folder,
                pid,
                criu,
                List.of("--lazy-pages", "--page-server", MigrationPlan.LOOPBACK + ":" + port),
                DumpCommand.Pages.SERVED,
                more);
    }

    private DumpCommand dumper(
            Path folder,
            long pid,
            RuncCriu criu,
            List<String> server,
            DumpCommand.Pages pages,
            List<String> more) {
        List<String> words = new ArrayList<>(List.of("checkpoint"));
        words.addAll(List.of("--image-path", folder.toString(), "--work-path", folder.toString()));
        words.addAll(server);
        words.addAll(more);
        words.add(id);
        Path log = folder.resolve(LOG_FILE);
        return new DumpCommand(
                runc.loggingCommand(log, words),
                criu.environment(System.getenv()),
                pages,
                Optional.of(log),
                OptionalLong.of(pid));
    }

    /**
     * Lets it run on if a checkpoint that was killed has left its cgroup frozen.
     *
     * @return what is wrong; empty if it runs
     */
    public Optional<String> thaw() {
        try {
            Optional<ContainerState> state = runc.state(id);
            if (state.isPresent() && state.get().is(ContainerState.PAUSED)) {
                runc.resume(id);
                LOG.info("container {} was left paused by its checkpoint, and runs on", id);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    "; whether container "
                            + id
                            + " is paused is not known ("
                            + e.getMessage()
                            + "): see runc list, and runc resume "
                            + id);
        }
    }

    /** Removes what a checkpoint that was killed has left of a container without tasks. */
    public void forget() {
        try {
            Optional<ContainerState> state = runc.state(id);
            if (state.isPresent() && state.get().is(ContainerState.STOPPED)) {
                runc.delete(id);
            }
        } catch (IOException e) {
            LOG.warn("runc may still list the container {}: {}", id, e.getMessage());
        }
    }
}
