package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lazy migrations of a real process by real CRIU. The restored copy lives in a PID namespace,
 * because the frozen one keeps its PID until the end.
 */
@ExtendWith(LargePipes.class)
class LazyIT {
    private static final int MEGABYTES = 48;
    private static final int MANY_MEGABYTES = 160;
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int PAGE_SERVER = 5;
    private static final int PEER_LOST = 6;
    private static final Duration PEER_TIMEOUT = Duration.ofSeconds(3);

    /** Capabilities dropped by dest that criu lazy-pages requires. */
    private static final String LAZY_PAGES_RIGHTS = "net_admin sys_admin sys_ptrace";

    /** Starts the given daemon once the images exist. */
    private static final String WHEN_IMAGES_ARE_THERE =
            "until [ -e \"$0\" ]; do sleep 0.05; done; exec \"$@\"";

    @RegisterExtension final Lab lab = new Lab();

    private Workload workload;
    private Path dump;
    private Path copy;
    private Command dest;
    private Command source;
    private Command dumper;
    private Command restored;

    /** Command prefixes of the two hosts; empty if both are this host. */
    private List<String> onSource = List.of();

    private List<String> onDest = List.of();
    private String listen = "127.0.0.1:0";

    private void beginMigration(Criu criu, Workload moved) throws IOException {
        workload = moved;
        dump = lab.folder("dump");
        copy = lab.folder("copy");
        dest = lazyDest(criu);
    }

    private Command lazyDest(Criu criu) {
        List<String> words = new ArrayList<>(onDest);
        words.addAll(List.of("env", "PAGEPROXY_KEEP_CAPABILITIES=" + LAZY_PAGES_RIGHTS));
        List<String> more = new ArrayList<>(lab.pki().options("dest"));
        more.addAll(List.of("--allow-dns", "source", "--once"));
        more.addAll(List.of("--peer-timeout", PEER_TIMEOUT.toSeconds() + "s", "--"));
        more.addAll(List.of("sh", "-c", WHEN_IMAGES_ARE_THERE, copy.resolve("there").toString()));
        more.addAll(List.of(criu.program(), "lazy-pages", "-D", copy.toString()));
        words.addAll(Pageproxy.dest(lab.images(), criu.program(), more));
        words.set(words.indexOf("--listen") + 1, listen);
        Command started = lab.proxy("dest", words);
        started.awaitLine("listening ");
        return started;
    }

    private void dumpAndRestore(Criu criu, String destination) throws IOException {
        dump(criu, destination);
        restore(criu);
    }

    private void dump(Criu criu, String destination) throws IOException {
        String port = Integer.toString(FreePort.next());
        List<String> words = new ArrayList<>(onSource);
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--lazy", "--lazy-pages", "127.0.0.1:" + port));
        options.addAll(
                List.of(
                        "--session",
                        "web",
                        "--once",
                        "--peer-timeout",
                        PEER_TIMEOUT.toSeconds() + "s"));
        options.addAll(List.of("--verify-name", "localhost"));
        words.addAll(Pageproxy.source(destination, options));
        source = lab.proxy("source", words);
        source.awaitLine("ready ");
        List<String> dumping = new ArrayList<>(onSource);
        dumping.addAll(criu.dump(workload, dump));
        dumping.addAll(List.of("--lazy-pages", "--address", "127.0.0.1", "--port", port));
        dumper = lab.start("dump", dumping);
        source.awaitLine("serving ");
        Criu.copyImages(dump, copy);
        Files.createFile(copy.resolve("there"));
    }

    private void restore(Criu criu) {
        await().atMost(Command.TIMEOUT)
                .until(() -> Files.exists(copy.resolve("lazy-pages.socket")));
        List<String> words = new ArrayList<>(onDest);
        words.addAll(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"));
        words.addAll(List.of(criu.program(), "restore", "-D", copy.toString(), "--lazy-pages"));
        restored = lab.start("restore", words);
    }

    @ParameterizedTest
    @EnumSource(Criu.class)
    void restoredTasksFetchAllMemoryThroughTunnel(Criu criu) throws IOException {
        beginMigration(criu, lab.memory("work", MEGABYTES));
        dumpAndRestore(criu, Lab.address(dest));
        workload.assertGood();

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(dest.stderr())
                .containsPattern(
                        "requests of criu lazy-pages, [1-9][0-9]* of them answered by read-ahead");
        workload.assertGood();
        restored.close();
    }

    @Test
    void restoredTasksFetchAllMemoryOnAnotherHost() throws IOException {
        TwoHosts hosts = betweenTwoHosts();
        beginMigration(CRIU, lab.memory(hosts.onSource(), "work", MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        workload.assertGood();

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        restored.close();
    }

    /**
     * Neither an end nor a reset arrives from the other host, so TCP alone would notice nothing for
     * 15 minutes; {@link Command#awaitExit} waits for one.
     */
    @Test
    void peerTimeoutEndsBothSidesOfSilentNetworkAndResumesTasksOfSource() throws IOException {
        TwoHosts hosts = betweenTwoHosts();
        beginMigration(CRIU, lab.memory(hosts.onSource(), "work", MANY_MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        awaitRestoredTasks();
        long daemon = dest.children().get(0).pid();
        hosts.dropAll();

        assertThat(dumper.awaitExit()).as(dumper::toString).isNotZero();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PEER_LOST);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
        assertThat(ProcessHandle.of(daemon)).as("criu lazy-pages").isEmpty();
        assertTasksOfSourceResume();
    }

    private TwoHosts betweenTwoHosts() {
        TwoHosts hosts = lab.keep(TwoHosts.join(lab.folder("logs")));
        onSource = hosts.onSource();
        onDest = hosts.onDest();
        listen = TwoHosts.DEST_ADDRESS + ":0";
        return hosts;
    }

    @Test
    void criuOfOtherRecordLayoutIsReportedAndTasksResume() throws IOException {
        beginMigration(Criu.BYTES_32, lab.memory("work", MEGABYTES));
        dump(Criu.BYTES_24, Lab.address(dest));
        restore(Criu.BYTES_32);

        assertTasksOfSourceResume();
        assertThat(source.awaitExit()).as(source::toString).isNotZero();
        assertThat(source.stderr()).contains("records of 32 bytes there");
    }

    @Test
    void cutTunnelResumesTasksOfSource() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        Forwarder forwarder = lab.keep(Forwarder.to(Lab.address(dest), 1));
        dumpAndRestore(CRIU, forwarder.address());
        awaitRestoredTasks();
        forwarder.cut(0);
        assertTasksOfSourceResume();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PEER_LOST);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
    }

    @Test
    void killedDestEndsCommandWaitingForImages() throws IOException {
        beginMigration(CRIU, lab.memory("work", MEGABYTES));
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--lazy", "--once", "--session", "web"));
        options.addAll(List.of("--lazy-pages", "127.0.0.1:" + FreePort.next()));
        options.addAll(List.of("--verify-name", "localhost"));
        source = lab.proxy("source", Pageproxy.source(Lab.address(dest), options));
        source.awaitLine("ready ");
        List<ProcessHandle> children = dest.children();
        assertThat(children).isNotEmpty();
        dest.kill();

        await().atMost(Command.TIMEOUT)
                .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void daemonStartedByOperatorConnects() throws IOException {
        workload = lab.memory("work", MEGABYTES);
        dump = lab.folder("dump");
        copy = lab.folder("copy");
        dest = lab.dest(CRIU, "--lazy-listen", "127.0.0.1:0", "--unsafe-lazy-close", "--once");
        dump(CRIU, Lab.address(dest));
        String address = dest.awaitLine("lazy ");
        String port = address.substring(address.lastIndexOf(':') + 1);
        List<String> words = new ArrayList<>(List.of(CRIU.program(), "lazy-pages"));
        words.addAll(List.of("-D", copy.toString(), "--page-server"));
        words.addAll(List.of("--address", "127.0.0.1", "--port", port));
        Command daemon = lab.start("lazy-pages", words);
        restore(CRIU);
        workload.assertGood();

        assertThat(daemon.awaitExit()).as(daemon::toString).isZero();
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        restored.close();
    }

    /** The kernel closes its socket, which must not be taken for success. */
    @Test
    void killedSourceResumesItsTasks() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        awaitRestoredTasks();
        source.kill();
        assertTasksOfSourceResume();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
    }

    @Test
    void killedDaemonResumesTasksOfSource() throws IOException {
        beginMigration(CRIU, lab.memory("work", MANY_MEGABYTES));
        dumpAndRestore(CRIU, Lab.address(dest));
        awaitRestoredTasks();
        Processes.signal("KILL", dest.children().get(0).pid());
        assertTasksOfSourceResume();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.stderr()).contains("killed by SIGKILL").contains("at the destination");
    }

    /** The frozen tasks have no heartbeat, so a changing one is that of the restored tasks. */
    private void awaitRestoredTasks() throws IOException {
        Path beat = lab.folder("work").resolve("beat");
        String frozen = Files.readString(beat);
        await().atMost(Command.TIMEOUT).until(() -> !Files.readString(beat).equals(frozen));
    }

    private void assertTasksOfSourceResume() {
        assertThat(dumper.awaitExit()).as(dumper::toString).isNotZero();
        restored.close();
        workload.assertUntouched();
    }
}
