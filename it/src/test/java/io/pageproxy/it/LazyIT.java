package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lazy migrations of a real process by real CRIU. The restored copy lives in a namespace of pids,
 * since the frozen one has its pid until the end.
 */
class LazyIT {
    private static final int MEGABYTES = 48;
    private static final int MANY_MEGABYTES = 160;
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int PAGE_SERVER = 5;
    private static final int PEER_LOST = 6;

    /** Starts the daemon that its further arguments say, once the images are there. */
    private static final String WHEN_IMAGES_ARE_THERE =
            "until [ -e \"$0\" ]; do sleep 0.05; done; exec \"$@\"";

    /** Without CAP_SYS_RESOURCE criu dump --lazy-pages wants pipes of 4 MiB. */
    private static final Path PIPE_MAX_SIZE = Path.of("/proc/sys/fs/pipe-max-size");

    private static final int WANTED_PIPE_BYTES = 4 << 20;

    private static String pipeMaxSize;

    @RegisterExtension final Lab lab = new Lab();

    @BeforeAll
    static void allowLargePipes() throws IOException {
        // In one read: the kernel gives a sysctl's value to the first one only.
        try (BufferedReader value = Files.newBufferedReader(PIPE_MAX_SIZE)) {
            pipeMaxSize = value.readLine();
        }
        if (Integer.parseInt(pipeMaxSize) < WANTED_PIPE_BYTES) {
            Files.writeString(PIPE_MAX_SIZE, "" + WANTED_PIPE_BYTES);
        }
    }

    @AfterAll
    static void putBack() throws IOException {
        Files.writeString(PIPE_MAX_SIZE, pipeMaxSize);
    }

    private Workload workload;
    private Path dump;
    private Path copy;
    private Command dest;
    private Command source;
    private Command dumper;
    private Command restored;

    private void beginMigration(Criu criu, Workload moved) throws IOException {
        workload = moved;
        dump = lab.folder("dump");
        copy = lab.folder("copy");
        dest = lazyDest(criu);
    }

    private Command lazyDest(Criu criu) {
        List<String> words = new ArrayList<>(List.of("env", "PAGEPROXY_KEEP_CAPABILITIES=all"));
        List<String> more = new ArrayList<>(lab.pki().options("dest"));
        more.addAll(List.of("--allow-dns", "source", "--once", "--peer-timeout", "3s", "--"));
        more.addAll(List.of("sh", "-c", WHEN_IMAGES_ARE_THERE, copy.resolve("there").toString()));
        more.addAll(List.of(criu.program(), "lazy-pages", "-D", copy.toString()));
        words.addAll(Pageproxy.dest(lab.images(), criu.program(), more));
        Command started = lab.proxy("dest", words);
        started.awaitLine("listening ");
        return started;
    }

    private void dumpAndRestore(Criu criu, String destination) throws IOException {
        String port = Integer.toString(freePort());
        String pages = "127.0.0.1:" + port;
        source =
                lab.source(
                        destination,
                        "--lazy",
                        "--lazy-pages",
                        pages,
                        "--session",
                        "web",
                        "--peer-timeout",
                        "3s");
        source.awaitLine("ready ");
        List<String> words = new ArrayList<>(criu.dump(workload, dump));
        words.addAll(List.of("--lazy-pages", "--address", "127.0.0.1", "--port", port));
        dumper = lab.start("dump", words);
        source.awaitLine("serving ");
        Criu.copyImages(dump, copy);
        Files.createFile(copy.resolve("there"));
        await().atMost(Command.PATIENCE)
                .until(() -> Files.exists(copy.resolve("lazy-pages.socket")));
        restored =
                lab.start(
                        "restore",
                        List.of(
                                "unshare",
                                "--pid",
                                "--fork",
                                "--kill-child",
                                "--mount-proc",
                                criu.program(),
                                "restore",
                                "-D",
                                copy.toString(),
                                "--lazy-pages"));
    }

    /** Below those that the kernel gives out. */
    private static int freePort() {
        return IntStream.range(20_000, 32_000).filter(LazyIT::isFree).findFirst().orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return free.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Criu.class)
    void restoredTasksFindAllOfTheirMemoryThroughTheTunnel(Criu criu) throws IOException {
        beginMigration(criu, lab.memory("work", MEGABYTES));
        dumpAndRestore(criu, Lab.address(dest));
        workload.assertGood();

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        workload.assertGood();
        restored.close();
    }

    @Test
    void cutTunnelLetsTheSourcesTasksRunOn() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        Forwarder forwarder = lab.keep(Forwarder.to(Lab.address(dest), 1));
        dumpAndRestore(CRIU, forwarder.address());
        awaitRestoredTasks();
        forwarder.cut(0);
        assertSourcesTasksRunOn();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PEER_LOST);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
    }

    /** The kernel closes its socket, and that must not look like a good end. */
    @Test
    void killedSourceLetsItsTasksRunOn() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        awaitRestoredTasks();
        source.kill();
        assertSourcesTasksRunOn();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
    }

    @Test
    void killedDaemonLetsTheSourcesTasksRunOn() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        awaitRestoredTasks();
        Processes.signal("KILL", dest.children().get(0).pid());
        assertSourcesTasksRunOn();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.stderr()).contains("killed by SIGKILL").contains("at the destination");
    }

    /** The frozen tasks' beat stands still, so one that changes is that of the restored ones. */
    private void awaitRestoredTasks() throws IOException {
        Path beat = lab.folder("work").resolve("beat");
        String frozen = Files.readString(beat);
        await().atMost(Command.PATIENCE).until(() -> !Files.readString(beat).equals(frozen));
    }

    private void assertSourcesTasksRunOn() {
        assertThat(dumper.awaitExit()).as(dumper::toString).isNotZero();
        restored.close();
        workload.assertUntouched();
    }
}
