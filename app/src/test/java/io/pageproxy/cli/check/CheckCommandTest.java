package io.pageproxy.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.HostFacts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CheckCommandTest {
    @TempDir static Path pkiDir;
    private static ExamplePki pki;

    @TempDir Path images;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HostFacts here;

    @BeforeAll
    static void makePki() throws Exception {
        pki = ExamplePki.create(pkiDir.resolve("pki"), InitOptions.defaults());
    }

    @BeforeEach
    void findHostFacts() throws Exception {
        here = HostFacts.local(Posix.pageSizeBytes());
    }

    private int check(String... args) {
        return new CommandLine(new CheckCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private int checkAs(String name, String... further) {
        List<String> args = new ArrayList<>(List.of("--cert", pki.certificateFile(name) + ""));
        args.addAll(List.of("--key", pki.privateKeyFile(name) + "", "--ca", pki.caFile() + ""));
        args.addAll(List.of(further));
        return check(args.toArray(String[]::new));
    }

    private RunningDest dest(String allowedDns, HostFacts host) throws Exception {
        return dest(allowedDns, host, new Endpoint.Tcp(new HostPort("127.0.0.1", 0)));
    }

    private RunningDest dest(String allowedDns, HostFacts host, Endpoint listen) throws Exception {
        TlsFiles files =
                new TlsFiles(
                        pki.certificateFile("dest"),
                        pki.privateKeyFile("dest"),
                        pki.caFile(),
                        Optional.empty(),
                        Optional.empty());
        return new RunningDest(files, allowedDns, images, host, listen);
    }

    @Test
    void sourceCertificateIsReportedWithNameExpiryAndSide() {
        assertThat(checkAs("source", "--crl", pki.crlFile().toString())).isZero();
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .matches(
                                                "ok   certificate   source, valid until \\d{4}-\\d\\d-\\d\\d \\(\\d+ days\\), for source, key fits"),
                        line ->
                                assertThat(line)
                                        .matches(
                                                "ok   ca            pageproxy example CA .*, valid until .*"),
                        line ->
                                assertThat(line)
                                        .matches(
                                                "ok   crl           0 revoked, in force until .*"));
    }

    @Test
    void destCertificateIsReportedForDest() {
        assertThat(checkAs("dest")).isZero();
        assertThat(out.toString()).contains("for dest, key fits");
    }

    @Test
    void wrongKeyFailsAndPeerIsSkipped() {
        int exitCode =
                check(
                        "--cert", pki.certificateFile("source").toString(),
                        "--key", pki.privateKeyFile("dest").toString(),
                        "--ca", pki.caFile().toString(),
                        "--connect", "127.0.0.1:1");
        assertThat(exitCode).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "FAIL certificate   --key ",
                        "is not the key",
                        "-    peer          not tried");
    }

    @Test
    void destinationBehindUnixSocketIsIdentifiedByPolicyOrName(@TempDir Path run) throws Exception {
        Endpoint socket = Endpoint.parse("unix:" + run.resolve("dest.sock"));
        String connect = socket.toString();
        try (RunningDest dest = dest("source", here, socket)) {
            assertThat(dest.connect()).as("once it listens").isEqualTo(connect);
            assertThat(checkAs("source", "--connect", connect, "--allow-dns", "dest")).isZero();
            assertThat(checkAs("source", "--connect", connect, "--verify-name", "dest")).isZero();
            assertThat(out.toString()).contains("ok   peer          dest at " + connect);
            await().untilAsserted(() -> assertThat(dest.probed).hasSize(2));

            assertThat(checkAs("source", "--connect", connect, "--allow-dns", "web")).isEqualTo(3);
        }
        try (RunningDest dest = dest("source", here, socket)) {
            assertThat(dest.connect()).as("once it listens").isEqualTo(connect);
            assertThat(checkAs("source", "--connect", connect, "--verify-name", "web"))
                    .isEqualTo(3);
            assertThat(dest.exitCode.join()).isEqualTo(3);
        }
        assertThat(checkAs("source", "--connect", connect, "--allow-dns", "dest")).isEqualTo(6);
        assertThat(out.toString())
                .contains(
                        "FAIL peer          cannot reach the destination " + connect + " (No such");
    }

    @Test
    void unixSocketWithoutPeerIdentityIsUsageError() {
        assertThat(checkAs("source", "--connect", "unix:/s")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--connect unix:/s has no host name")
                .contains("give --verify-name NAME, or one of --allow-dns");
    }

    @ParameterizedTest
    @CsvSource({
        "--connect, d*.example:9999, patterns are not supported",
        "--verify-name, straße.example, give the name as its certificate bears it",
        "--allow-dns, *.example, patterns are not supported"
    })
    void invalidNamesAreUsageErrors(String option, String name, String why) {
        int exitCode =
                option.equals("--connect")
                        ? checkAs("source", option, name)
                        : checkAs("source", "--connect", "127.0.0.1:9999", option, name);
        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString()).contains(option, why);
    }

    @Test
    void destinationThatAllowsUsIsOkAndStartsNothing() throws Exception {
        try (RunningDest dest = dest("source", here)) {
            assertThat(checkAs("source", "--connect", dest.connect())).isZero();
            assertThat(out.toString())
                    .contains(
                            "ok   peer          dest at " + dest.connect() + " allows us: TLSv1.3 ")
                    .contains("pageproxy/test, page server CRIU 9.9");
            await().untilAsserted(() -> assertThat(dest.probed).containsExactly("source"));
            assertThat(images).isEmptyDirectory();
            assertThat(dest.exitCode).as("--once still waits for its session").isNotDone();
            assertThat(dest.stop()).isZero();
            assertThat(dest.sessions).isEmpty();
        }
    }

    @Test
    void destinationThatAllowsOnlyOthersFailsWith3() throws Exception {
        try (RunningDest dest = dest("somebody-else", here)) {
            assertThat(checkAs("source", "--connect", dest.connect())).isEqualTo(3);
            assertThat(out.toString())
                    .contains("FAIL peer          " + dest.connect() + ": the peer refused our")
                    .contains("--allow-*");
            assertThat(dest.probed).isEmpty();
        }
    }

    @Test
    void destinationWithOtherNameFailsWith3() throws Exception {
        try (RunningDest dest = dest("source", here)) {
            int exitCode =
                    checkAs(
                            "source",
                            "--connect",
                            dest.connect(),
                            "--verify-name",
                            "other.example");
            assertThat(exitCode).isEqualTo(3);
            assertThat(out.toString()).contains("not for other.example", "--verify-name");
        }
    }

    @Test
    void destinationWithOtherPageSizeFailsWith4() throws Exception {
        HostFacts other =
                new HostFacts(here.architecture(), here.pageSizeBytes() == 65536 ? 4096 : 65536);
        try (RunningDest dest = dest("source", other)) {
            assertThat(checkAs("source", "--connect", dest.connect())).isEqualTo(4);
            assertThat(out.toString()).contains("FAIL peer", "page size");
        }
    }

    @Test
    void closedPortFailsWith6AndNamesRemedy() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(checkAs("source", "--connect", "127.0.0.1:" + port)).isEqualTo(6);
        assertThat(out.toString())
                .contains(
                        "127.0.0.1:" + port + " (127.0.0.1: Connection refused)",
                        "check --connect");
    }

    @Test
    void silentPeerFailsWith6() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String connect = "127.0.0.1:" + silent.getLocalPort();
            assertThat(checkAs("source", "--connect", connect, "--handshake-timeout", "300ms"))
                    .isEqualTo(6);
            assertThat(out.toString()).contains("FAIL peer", "--handshake-timeout");
        }
    }

    @Test
    void programThatIsNotCriuFailsAndIsNamed() {
        assertThat(check("--criu", "/bin/true")).isEqualTo(1);
        assertThat(out.toString())
                .contains("FAIL criu          --criu /bin/true is not CRIU")
                .containsPattern("(?m)^(ok|-) +lazy dumps +(not )?possible: ");
    }

    @Test
    void imagesFolderIsTestedAndLeftUnchanged() {
        assertThat(check("--criu", "/no/criu", "--images-dir", images.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains("FAIL criu          --criu: cannot run /no/criu: ")
                .contains("ok   images folder " + images + ", writable, ");
        assertThat(images).isEmptyDirectory();
    }

    @Test
    void missingImagesFolderFails() throws Exception {
        Path file = Files.createFile(images.resolve("file"));
        check("--criu", "/no/criu", "--images-dir", file.toString());
        assertThat(out.toString())
                .contains("FAIL images folder --images-dir " + file + " is not a folder");
    }

    @Test
    void policyIsOkOrReportedWithPositionOfError() throws Exception {
        Path file = images.resolve("policy.yaml");
        Files.writeString(file, "peers: [{name: web, dns: [a], sessions: [b]}]");
        assertThat(check("--policy", file.toString())).isZero();
        assertThat(out.toString()).contains("ok   policy        1 entry: web");

        Files.writeString(file, "peers: [{dns: [a], sessions: b}]");
        assertThat(check("--policy", file.toString())).isEqualTo(2);
        assertThat(out.toString())
                .contains(
                        "FAIL policy        --policy " + file + ", line 1, column 30: peers[0].s");

        assertThat(check("--policy", "/no/policy")).isEqualTo(1);
        assertThat(out.toString()).contains("FAIL policy        --policy /no/policy: no such file");
    }

    @Test
    void nothingToCheckIsUsageError() {
        assertThat(check()).isEqualTo(2);
        assertThat(err.toString()).contains("nothing to check");
    }

    @Test
    void connectWithoutCertificatesIsUsageError() {
        assertThat(check("--connect", "127.0.0.1:1")).isEqualTo(2);
        assertThat(err.toString()).contains("--connect 127.0.0.1:1 needs --cert, --key and --ca");
    }

    @Test
    void certificateWithoutKeyIsUsageError() {
        assertThat(check("--cert", "x.pem")).isEqualTo(2);
        assertThat(err.toString()).contains("--key", "--ca");
    }
}
