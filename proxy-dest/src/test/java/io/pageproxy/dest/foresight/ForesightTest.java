package io.pageproxy.dest.foresight;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.sync.SyncRoots;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Remark;
import io.pageproxy.frame.Remark.Verdict;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.frame.TreeNeeds.CopyNeed;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.Timeouts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a destination tells of a migration that is not made. */
class ForesightTest {
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);
    private static final long NOBODYS_PID = 4_194_999; // Above the largest that Linux gives out.

    @TempDir Path folder;
    private String criu = "/bin/true";
    private Optional<String> impossible = Optional.empty();
    private boolean withConnections;
    private boolean lazy;
    private boolean restore = true;
    private SessionGrant grant = SessionGrant.UNLIMITED;
    private SyncRoots roots = SyncRoots.NONE;
    private Optional<String> container = Optional.empty();

    @Test
    void treeThatNeedsNothingSpecialIsTaken() throws IOException {
        List<Remark> remarks = ask(needs(List.of(NOBODYS_PID), List.of(), List.of()));
        assertThat(remarks).noneMatch(remark -> remark.verdict() == Verdict.FAILED);
        assertThat(remarks.get(0))
                .isEqualTo(Remark.passed("destination", "accepts it; page server CRIU 4.2"));
        assertThat(of(remarks, "session").text()).isEqualTo("web is free");
        assertThat(of(remarks, "pids").text()).isEqualTo("1 is free");
    }

    @Test
    void takenPidIsNamedWithItsProgram() throws IOException {
        long own = ProcessHandle.current().pid();
        Remark pids = of(ask(needs(List.of(NOBODYS_PID, own), List.of(), List.of())), "pids");
        assertThat(pids.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(pids.text()).startsWith("pid " + own + " is taken here by java");
    }

    @Test
    void takenPortIsNamedAndAnotherAddressIsNotIt() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = server.getLocalPort();
            assertThat(ports("tcp:127.0.0.1:" + port).verdict()).isEqualTo(Verdict.FAILED);
            assertThat(ports("tcp:0.0.0.0:" + port).text()).contains("0.0.0.0:" + port);
            assertThat(ports("tcp6:0:0:0:0:0:0:0:0:" + port).verdict()).isEqualTo(Verdict.FAILED);
            assertThat(ports("tcp:127.0.0.2:" + port).verdict()).isEqualTo(Verdict.PASSED);
            assertThat(ports("udp:127.0.0.1:" + port).verdict()).isEqualTo(Verdict.PASSED);
        }
    }

    private Remark ports(String port) throws IOException {
        return of(ask(needs(List.of(), List.of(port), List.of())), "ports");
    }

    @Test
    void missingAndDifferentFilesAreNamed() throws IOException {
        Path there = Files.writeString(folder.resolve("there"), "12345");
        List<FileNeed> files =
                List.of(
                        new FileNeed(there.toString(), 5),
                        new FileNeed(there.toString(), 6),
                        new FileNeed("/no/such/file", 1));
        Remark found = of(ask(needs(List.of(), List.of(), files)), "files");
        assertThat(found.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(found.text())
                .startsWith(there + " has 5 bytes in place of 6, /no/such/file is missing: ");
    }

    @Test
    void filesAreNotToldToWhomThePolicyConfines() throws Exception {
        grant = granted("restore: true, restore-user: nobody");
        List<FileNeed> files = List.of(new FileNeed("/no/such/file", 1));
        Remark found = of(ask(needs(List.of(), List.of(), files)), "files");
        assertThat(found.verdict()).isEqualTo(Verdict.SKIPPED);
        assertThat(found.text()).doesNotContain("/no/such/file");
    }

    @Test
    void processorIsComparedByCriu() throws IOException {
        criu =
                script(
                        "grep -q '^cpu$' \"$4/cpuinfo.img\" || exit 9; echo 'Error: no avx' >&2; exit 1");
        Remark found = of(ask(needs(List.of(), List.of(), List.of())), "processor");
        assertThat(found.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(found.text()).contains("Error: no avx");
        criu = script("exit 0");
        assertThat(of(ask(needs(List.of(), List.of(), List.of())), "processor").verdict())
                .isEqualTo(Verdict.PASSED);
    }

    @Test
    void imageThatIsNoBase64IsNotGivenToCriu() throws IOException {
        criu = script("exit 1");
        TreeNeeds needs = new TreeNeeds(0, List.of(), List.of(), Optional.of("%"), List.of());
        assertThat(of(ask(needs), "processor").verdict()).isEqualTo(Verdict.SKIPPED);
    }

    @Test
    void spaceIsNeededForPagesThatAreStored() throws IOException {
        TreeNeeds huge =
                new TreeNeeds(Long.MAX_VALUE, List.of(), List.of(), Optional.empty(), List.of());
        assertThat(of(ask(huge), "space").verdict()).isEqualTo(Verdict.FAILED);
        lazy = true;
        assertThat(of(ask(huge), "space").verdict()).isEqualTo(Verdict.SKIPPED);
    }

    @Test
    void nameThatIsTakenIsToldAndNothingIsMade() throws IOException {
        Files.createDirectory(folder.resolve("web"));
        Remark session = of(ask(needs(List.of(), List.of(), List.of())), "session");
        assertThat(session.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(folder.resolve("web")).isEmptyDirectory();
    }

    @Test
    void containerIsAskedForInPlaceOfPids() throws IOException {
        container = Optional.of("db");
        impossible = Optional.of("there is no bundle");
        List<Remark> remarks = ask(needs(List.of(1L), List.of(), List.of()));
        assertThat(of(remarks, "container"))
                .isEqualTo(Remark.failed("container", "there is no bundle"));
        assertThat(remarks).noneMatch(remark -> remark.subject().equals("pids"));
    }

    @Test
    void connectionsNeedADestinationThatRestoresThem() throws IOException {
        TreeNeeds needs =
                new TreeNeeds(
                        0, List.of(), List.of(), Optional.empty(), List.of(), true, List.of());
        Remark refused = of(ask(needs), "connections");
        assertThat(refused.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(refused.text()).contains("--tcp-established");
        withConnections = true;
        assertThat(of(ask(needs), "connections").verdict()).isEqualTo(Verdict.PASSED);
        container = Optional.of("db");
        assertThat(of(ask(needs), "connections").verdict()).isEqualTo(Verdict.PASSED);
        assertThat(ask(needs(List.of(), List.of(), List.of())))
                .noneMatch(remark -> remark.subject().equals("connections"));
    }

    @Test
    void foldersAreCopiedBelowARootAndNothingIsMade() throws Exception {
        Path root = Files.createDirectory(folder.resolve("root"));
        assertThat(copies(1, root.resolve("x")).text()).contains("--sync-root");
        roots = new SyncRoots(List.of(root));
        assertThat(copies(1, root.resolve("x/y")).text())
                .startsWith("1 folder can be copied here, by rsync 3.");
        assertThat(copies(1, root).text()).contains("below none of the folders");
        Files.createSymbolicLink(root.resolve("link"), folder);
        assertThat(copies(1, root.resolve("link/y")).text()).contains("cannot be opened");
        assertThat(copies(1, root.resolve("a"), root.resolve("link")).verdict())
                .isEqualTo(Verdict.FAILED);
        try (Stream<Path> made = Files.list(root)) {
            assertThat(made).containsExactly(root.resolve("link"));
        }
        grant = granted("restore: true, restore-user: nobody");
        assertThat(copies(1, root.resolve("x")).text()).contains("single user");
        grant = granted("restore: true, sync-roots: [%s]".formatted(root.resolve("mine")));
        assertThat(copies(1, root.resolve("x")).text()).contains("this peer's sync-roots");
        assertThat(copies(1, root.resolve("mine/x")).verdict()).isEqualTo(Verdict.PASSED);
    }

    private static SessionGrant granted(String rules) throws Exception {
        return TestPolicy.of("sessions: [web], " + rules)
                .attach(Peers.peer("source", TestPolicy.PEER), Optional.of(new SessionName("web")));
    }

    @Test
    void roomIsNeededForWhatIsNotThereYet() throws IOException {
        Path root = Files.createDirectory(folder.resolve("root"));
        roots = new SyncRoots(List.of(root));
        Path there = Files.createDirectory(root.resolve("there"));
        Files.write(there.resolve("file"), new byte[3 << 20]);
        long free = Files.getFileStore(root).getUsableSpace();
        assertThat(copies(2 * free, root.resolve("x")).text())
                .contains("of files are to come", "make room");
        long half = free * 2 / 3;
        assertThat(copies(half, root.resolve("x"), root.resolve("y")).verdict())
                .isEqualTo(Verdict.FAILED);
        assertThat(copies(half, root.resolve("x")).verdict()).isEqualTo(Verdict.PASSED);
        assertThat(copies(free + (2 << 20), there).verdict()).isEqualTo(Verdict.PASSED);
    }

    private Remark copies(long bytes, Path... there) throws IOException {
        List<CopyNeed> copies =
                Stream.of(there).map(path -> new CopyNeed(Optional.of(path + ""), bytes)).toList();
        TreeNeeds needs =
                new TreeNeeds(0, List.of(), List.of(), Optional.empty(), List.of(), false, copies);
        return of(ask(needs), "sync");
    }

    @Test
    void imagesOnlyNeedRoomOnly() throws IOException {
        restore = false;
        assertThat(ask(needs(List.of(1L), List.of(), List.of())))
                .extracting(Remark::subject)
                .containsExactly("destination", "session", "space");
    }

    private static TreeNeeds needs(List<Long> pids, List<String> ports, List<FileNeed> files) {
        String cpu = Base64.getEncoder().encodeToString("cpu\n".getBytes(US_ASCII));
        return new TreeNeeds(1, pids, ports, Optional.of(cpu), files);
    }

    private String script(String body) throws IOException {
        Path script = Files.createTempFile(folder, "criu", ".sh");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private List<Remark> ask(TreeNeeds needs) {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", 0)),
                        LocalUsers.anybody(),
                        folder,
                        DestLimits.DEFAULT,
                        ImagesSync.NONE,
                        HOST,
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        Attach attach =
                new Attach(
                        "source",
                        Optional.of("web"),
                        restore,
                        lazy,
                        15_000,
                        Optional.empty(),
                        container,
                        false);
        return new Foresight(
                        config,
                        new ToldRestores(criu, impossible, withConnections),
                        "CRIU 4.2",
                        roots)
                .of(new Foresee(attach, HOST, needs), grant);
    }

    private static Remark of(List<Remark> remarks, String subject) {
        return remarks.stream()
                .filter(remark -> remark.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }
}
