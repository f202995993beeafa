package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Base class of tests of {@code pageproxy migrate}. The tree keeps its PIDs, which are in use at
 * the source until the very end, so on this single host the destination lives in its own PID
 * namespace.
 */
abstract class WholeMigrations {
    static final Criu CRIU = Criu.BYTES_32;
    static final String SESSION = "web";

    @RegisterExtension final Lab lab = new Lab();

    private final List<Command> dests = new ArrayList<>();

    /**
     * Kills the destinations, which do not receive SIGTERM through unshare; each one's PID
     * namespace ends with it.
     */
    @AfterEach
    void endDestinations() {
        dests.forEach(Command::close);
    }

    /**
     * Command prefix that runs a destination below an init process; empty if it is the init process
     * itself.
     */
    List<String> init() {
        return List.of();
    }

    /** The CRIU of both hosts. */
    Criu criu() {
        return CRIU;
    }

    /** The command line of a destination without its namespace. */
    List<String> destWords(Path images, List<String> options) {
        return Pageproxy.dest(images, criu().program(), options);
    }

    /** Starts a destination that allows our source. */
    Command dest(Path images, String... more) {
        List<String> options = new ArrayList<>(List.of("--allow-dns", "source"));
        options.addAll(List.of(more));
        return dest(List.of(), images, options);
    }

    /**
     * Starts a destination in its own PID namespace, which ends with it; returns when it listens.
     *
     * @param in command prefix that runs it elsewhere, such as in another network
     * @param options further options, including the allowed peers
     */
    Command dest(List<String> in, Path images, List<String> options) {
        List<String> words = new ArrayList<>(in);
        words.addAll(List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"));
        words.addAll(init());
        List<String> all = new ArrayList<>(lab.pki().options("dest"));
        all.addAll(options);
        words.addAll(destWords(images, all));
        Command dest = lab.start("dest", words);
        dests.add(dest);
        dest.awaitLine("listening ");
        return dest;
    }

    Command migrate(String address, Workload workload, String... more) {
        return migrate(address, workload.pid(), more);
    }

    /** Starts a migration to an address; options of criu dump follow {@code --}. */
    Command migrate(String address, long pid, String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        if (!List.of(more).contains("--session")) {
            options.addAll(List.of("--session", SESSION));
        }
        if (!List.of(more).contains("--criu")) {
            options.addAll(List.of("--criu", criu().program()));
        }
        options.addAll(List.of(more));
        return lab.proxy("migrate", Pageproxy.migrate(address, pid, options));
    }

    /** The folder of the session's images, whether it exists or not. */
    Path folder() {
        return lab.images().resolve(SESSION);
    }

    /** Asserts that exactly one copy runs, here or there, with correct memory. */
    static void assertOneCopy(Workload workload, Command dest, boolean moved) {
        if (moved) {
            workload.assertGood();
        } else {
            workload.assertUntouched();
        }
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(copies(workload))
                                        .as("copies that run; %s", dest)
                                        .hasSize(1));
    }

    /** The processes of the workload, running or stopped. */
    static List<Long> copies(Workload workload) {
        return Processes.mentioning("memory-check.pl").stream()
                .filter(pid -> Processes.commandLine(pid).contains(workload.dir().toString()))
                .toList();
    }
}
