package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What tests of {@code pageproxy migrate} share. The tree keeps its pids, and at the source they
 * are taken until the very end, so on this one host the destination lives in a PID namespace of its
 * own.
 */
abstract class WholeMigrations {
    static final Criu CRIU = Criu.BYTES_32;
    static final String SESSION = "web";

    @RegisterExtension final Lab lab = new Lab();

    private final List<Command> dests = new ArrayList<>();

    /** They do not hear SIGTERM through unshare; with each ends its PID namespace. */
    @AfterEach
    void endDestinations() {
        dests.forEach(Command::close);
    }

    /** What runs a destination as the first process of its namespace; none: it is that itself. */
    List<String> init() {
        return List.of();
    }

    /** The CRIU of both hosts. */
    Criu criu() {
        return CRIU;
    }

    /** One that lets our source in. */
    Command dest(Path images, String... more) {
        List<String> options = new ArrayList<>(List.of("--allow-dns", "source"));
        options.addAll(List.of(more));
        return dest(List.of(), images, options);
    }

    /**
     * One in a PID namespace of its own, all of which ends with it; returns when it listens.
     *
     * @param in what starts it where it is to run, such as another network
     * @param options also who may come in
     */
    Command dest(List<String> in, Path images, List<String> options) {
        List<String> words = new ArrayList<>(in);
        words.addAll(List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"));
        words.addAll(init());
        List<String> all = new ArrayList<>(lab.pki().options("dest"));
        all.addAll(options);
        words.addAll(Pageproxy.dest(images, criu().program(), all));
        Command dest = lab.start("dest", words);
        dests.add(dest);
        dest.awaitLine("listening ");
        return dest;
    }

    Command migrate(String address, Workload workload, String... more) {
        return migrate(address, workload.pid(), more);
    }

    /** To that address; further options of criu dump stand behind {@code --}. */
    Command migrate(String address, long pid, String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--session", SESSION));
        if (!List.of(more).contains("--criu")) {
            options.addAll(List.of("--criu", criu().program()));
        }
        options.addAll(List.of(more));
        return lab.proxy("migrate", Pageproxy.migrate(address, pid, options));
    }

    /** Where the session's images are, or would be. */
    Path folder() {
        return lab.images().resolve(SESSION);
    }

    /** Just one copy runs, here or there, and its memory is good. */
    static void assertOneCopy(Workload workload, Command dest, boolean moved) {
        if (moved) {
            workload.assertGood();
        } else {
            workload.assertUntouched();
        }
        await().atMost(Command.PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(copies(workload))
                                        .as("copies that run; %s", dest)
                                        .hasSize(1));
    }

    /** The processes that are the workload's, running or held. */
    static List<Long> copies(Workload workload) {
        return Processes.mentioning("memory-check.pl").stream()
                .filter(pid -> Processes.commandLine(pid).contains(workload.dir().toString()))
                .toList();
    }
}
