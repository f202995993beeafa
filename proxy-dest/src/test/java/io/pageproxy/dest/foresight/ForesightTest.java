package io.pageproxy.dest.foresight;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Remark;
import io.pageproxy.frame.Remark.Verdict;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.HostFacts;
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
    private boolean mayKnowFiles = true;
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
    void filesAreNotToldToWhomThePolicyConfines() throws IOException {
        mayKnowFiles = false;
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
        TreeNeeds needs = new TreeNeeds(0, List.of(), List.of(), Optional.empty(), List.of(), true);
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
                        config, new ToldRestores(criu, impossible, withConnections), "CRIU 4.2")
                .of(new Foresee(attach, HOST, needs), mayKnowFiles);
    }

    private static Remark of(List<Remark> remarks, String subject) {
        return remarks.stream()
                .filter(remark -> remark.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }
}
