package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Base class of tests of {@code pageproxy migrate --lazy}. The destination is not the init process
 * of its namespace, so that processes it has started outlive it unless it ends them.
 */
@ExtendWith(LargePipes.class)
abstract class LazyMigrations extends WholeMigrations {
    /** Numbers of migrate's connections, in order. */
    static final int FILES = 0;

    static final int PAGES = 1;

    private static final long FEW_PAGES_BYTES = 1 << 20;

    Criu criu = CRIU;
    Workload workload;
    Forwarder network;
    Command dest;
    Command migrate;

    @Override
    List<String> init() {
        return List.of("sh", "-c", "\"$@\"; exec sleep 600", "init");
    }

    @Override
    Criu criu() {
        return criu;
    }

    /** Starts both sides and a network between them. */
    void begin(List<String> atDest, List<String> atSource) {
        List<String> options = new ArrayList<>(timeouts());
        options.add("--allow-restore");
        options.addAll(atDest);
        if (holdsPages()) {
            options.add("--lazy-read-ahead=none");
        }
        dest = dest(lab.images(), options.toArray(String[]::new));
        network = lab.keep(Forwarder.to(Lab.address(dest), 64));
        List<String> words = new ArrayList<>(timeouts());
        words.add("--lazy");
        words.addAll(atSource);
        if (holdsPages()) {
            network.holdAfter(PAGES, FEW_PAGES_BYTES);
        }
        migrate = migrate(network.address(), workload, words.toArray(String[]::new));
    }

    /** Timeouts of both sides; connections that are held longer count as a silent peer. */
    List<String> timeouts() {
        return List.of();
    }

    /**
     * Whether pages are held after the few that the restore itself needs. Nothing is read ahead
     * then, since what is read ahead would be held in their place.
     */
    boolean holdsPages() {
        return false;
    }

    /** Waits until the tree runs at the destination. */
    void awaitRunning() {
        await().atMost(Command.TIMEOUT)
                .failFast("migrate has exited", () -> assertThat(migrate.isAlive()).isTrue())
                .untilAsserted(
                        () ->
                                assertThat(migrate.stderr())
                                        .as(() -> migrate + "\n" + dest)
                                        .contains("5/5"));
    }

    /** Processes of the destination whose command line contains a text. */
    static List<Long> ofDest(Path images, String text) {
        return Processes.mentioning(images.toString()).stream()
                .filter(pid -> Processes.commandLine(pid).contains(text))
                .toList();
    }

    static void kill(List<Long> processes) {
        assertThat(processes).as("processes to kill").isNotEmpty();
        processes.forEach(pid -> Processes.signal("KILL", pid));
    }
}
