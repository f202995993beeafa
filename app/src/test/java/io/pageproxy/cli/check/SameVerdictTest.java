package io.pageproxy.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.CommandErrors;
import io.pageproxy.cli.dest.DestCommand;
import io.pageproxy.cli.source.SourceCommand;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.HostFacts;
import io.pageproxy.tls.TestPki;
import io.pageproxy.tls.TestPki.Issued;
import io.pageproxy.tls.TestPki.Leaf;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** What a proxy rejects, {@code check} rejects with the same message and exit code. */
class SameVerdictTest {
    private static final String ANSWERS = "head -c 32 <&3 >/dev/null; printf '\\0\\0\\0\\0' >&3";

    private final TestPki ca = new TestPki("test CA");
    private final Issued running = ca.dest();

    @TempDir private Path dir;
    private Path images;

    /** What is wrong with the files of a side. */
    enum BadFiles {
        NO_CERTIFICATE("no such file"),
        CERTIFICATE_OF_CA("is a CA's certificate"),
        EXPIRED("expired at"),
        NOT_YET_VALID("is not valid before"),
        OTHER_PURPOSE("extended key usage lacks"),
        WEAK_SIGNATURE("SHA1"),
        SHORT_KEY("RSA key of 1024 bits"),
        REVOKED("is revoked by --crl"),
        REVOKED_CA("its CA"),
        EXPIRED_LIST("expired at"),
        LIST_OF_ANOTHER_CA("is not signed by a CA of --ca"),
        DAMAGED_LIST("not PEM"),
        KEY_OF_ANOTHER("is not the key of the certificate"),
        KEY_READABLE_BY_OTHERS("chmod 600"),
        DAMAGED_KEY("not PEM"),
        NO_CA("no such file"),
        CA_IS_NO_CA("is not a CA");

        private final String message;

        BadFiles(String message) {
            this.message = message;
        }
    }

    /** The result of one command line. */
    private record Verdict(int exitCode, String out, String err) {
        /** The failure of a proxy that does not start. */
        String message() {
            return err.lines().findFirst().orElse("").replaceFirst("^\\w+: ", "");
        }
    }

    @BeforeEach
    void makeImagesFolder() throws IOException {
        images = Files.createDirectory(dir.resolve("images"));
    }

    @ParameterizedTest
    @EnumSource
    void filesThatDestRejects(BadFiles bad) throws IOException {
        List<String> files = options(bad, true);
        Verdict dest = dest(files, "--images-dir", images + "", "--allow-any");
        assertThat(dest.message()).contains(bad.message);
        assertSame(dest, check(files, "--images-dir", images + "", "--criu", criu(ANSWERS)));
    }

    @ParameterizedTest
    @EnumSource
    void filesThatSourceRejects(BadFiles bad) throws IOException {
        List<String> files = options(bad, false);
        Verdict source = source(files, "127.0.0.1:1");
        assertThat(source.message()).contains(bad.message);
        assertSame(source, check(files, "--connect", "127.0.0.1:1"));
    }

    @Test
    void imagesFoldersThatDestRejects() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        for (Path bad : List.of(file, dir.resolve("missing"), Path.of("/proc"))) {
            Verdict dest = dest(goodFiles(true), "--images-dir", bad + "", "--allow-any");
            assertThat(dest.message()).contains("--images-dir " + bad);
            assertSame(dest, check(List.of(), "--images-dir", bad + "", "--criu", criu(ANSWERS)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo Error: CAP_CHECKPOINT_RESTORE is missing | needs CAP_CHECKPOINT_RESTORE",
                "echo Unknown command | its page server does not answer; it output: Unknown command"
            })
    void criusThatDestRejects(String pageServer, String message) throws IOException {
        assertCriuRejected(criu(pageServer), message);
    }

    @Test
    void programsThatAreNoCriuAreRejected() throws IOException {
        assertCriuRejected("/no/criu", "cannot run /no/criu");
        assertCriuRejected("/bin/true", "is not CRIU");
    }

    private void assertCriuRejected(String criu, String message) throws IOException {
        String[] options = {"--images-dir", images + "", "--criu", criu};
        Verdict dest = dest(goodFiles(true), with(options, "--allow-any"));
        assertThat(dest.message()).contains(message);
        assertSame(dest, check(List.of(), options));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"peers: [] | the list is empty", "pears: [] | pears"})
    void policiesThatDestRejects(String policy, String message) throws IOException {
        Path file = Files.writeString(dir.resolve("policy.yaml"), policy);
        Verdict dest = dest(goodFiles(true), "--images-dir", images + "", "--policy", file + "");
        assertThat(dest.message()).contains(message);
        assertThat(dest.exitCode()).isEqualTo(2);
        assertSame(dest, check(List.of(), "--policy", file + ""));
    }

    @Test
    void missingPolicyIsRejected() throws IOException {
        Verdict dest = dest(goodFiles(true), "--images-dir", images + "", "--policy", "/no/p");
        assertSame(dest, check(List.of(), "--policy", "/no/p"));
    }

    @Test
    void takenPortIsRejected() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            Verdict dest =
                    run(
                            new CommandLine(new DestCommand()),
                            goodFiles(true),
                            "--listen",
                            listen,
                            "--images-dir",
                            images + "",
                            "--criu",
                            criu(ANSWERS),
                            "--allow-any");
            assertThat(dest.message()).startsWith("--listen " + listen + ": Address already in");
            assertSame(dest, check(List.of(), "--listen", listen));
        }
    }

    @Test
    void freePortIsAcceptedAndLeftFree() throws IOException {
        Path socket = dir.resolve("socket");
        for (int i = 0; i < 2; i++) {
            Verdict check = check(List.of(), "--listen", "unix:" + socket);
            assertThat(check.exitCode()).as(check.out()).isZero();
            assertThat(socket).doesNotExist();
        }
    }

    @Test
    void destinationsThatSourceRejectsOrThatRejectIt() throws Exception {
        assertSameAtPeer("source", 3, "--verify-name", "other.example");
        assertSameAtPeer("source", 3, "--allow-cn", "other");
        assertSameAtPeer("somebody-else", 3);
        Verdict check = check(goodFiles(false), "--connect", "127.0.0.1:1");
        assertThat(check.out()).contains("FAIL peer").contains(refusal("127.0.0.1:1", 6));
        assertThat(check.exitCode()).isEqualTo(6);
    }

    /** A destination of one session ends with the first refusal. */
    private void assertSameAtPeer(String allowed, int exitCode, String... further)
            throws Exception {
        Verdict check;
        try (RunningDest dest = runningDest(allowed)) {
            check = check(goodFiles(false), with(further, "--connect", dest.connect()));
        }
        try (RunningDest dest = runningDest(allowed)) {
            String refusal = refusal(dest.connect(), exitCode, further);
            assertThat(check.out()).contains("FAIL peer").contains(refusal);
        }
        assertThat(check.exitCode()).isEqualTo(exitCode);
    }

    /** Why a source's session failed, from its summary. */
    private String refusal(String connect, int exitCode, String... further) throws IOException {
        Path summary = dir.resolve("summary");
        Files.deleteIfExists(summary);
        Verdict source =
                source(goodFiles(false), connect, with(further, "--summary", summary + ""));
        assertThat(source.exitCode()).isEqualTo(exitCode);
        String json = Files.readString(summary);
        return json.replaceFirst(".*\"message\":\"(.*?)\",\".*", "$1").strip();
    }

    private RunningDest runningDest(String allowed) throws Exception {
        Endpoint anyPort = new Endpoint.Tcp(new HostPort("127.0.0.1", 0));
        HostFacts here = HostFacts.local(Posix.pageSizeBytes());
        return new RunningDest(
                TestPki.files(dir, "running", running, ca), allowed, images, here, anyPort);
    }

    private static void assertSame(Verdict command, Verdict check) {
        assertThat(check.out().lines())
                .anySatisfy(
                        line -> assertThat(line).startsWith("FAIL").endsWith(command.message()));
        assertThat(check.exitCode()).isEqualTo(command.exitCode()).isNotZero();
    }

    private Verdict dest(List<String> files, String... further) throws IOException {
        List<String> words = new ArrayList<>(List.of("--listen", "127.0.0.1:0"));
        words.addAll(List.of(further));
        if (!words.contains("--criu")) {
            words.addAll(List.of("--criu", criu(ANSWERS)));
        }
        return run(new CommandLine(new DestCommand()), files, words.toArray(String[]::new));
    }

    private static Verdict source(List<String> files, String connect, String... further) {
        return run(
                new CommandLine(new SourceCommand()),
                files,
                with(further, "--connect", connect, "--once", "--", "/bin/true"));
    }

    private static Verdict check(List<String> files, String... further) {
        return run(new CommandLine(new CheckCommand()), files, further);
    }

    private static Verdict run(CommandLine command, List<String> files, String... further) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> words = new ArrayList<>(files);
        words.addAll(List.of(further));
        int exitCode =
                command.setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .setExecutionExceptionHandler(new CommandErrors())
                        .execute(words.toArray(String[]::new));
        return new Verdict(exitCode, out.toString(), err.toString());
    }

    private static String[] with(String[] words, String... more) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** A CRIU whose page server is a shell command; the socket is descriptor 3. */
    private String criu(String pageServer) throws IOException {
        Path script = dir.resolve("criu");
        Files.writeString(
                script,
                "#!/bin/sh\n[ \"$1\" != --version ] || { echo Version: 4.2; exit; }\n"
                        + pageServer
                        + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private List<String> goodFiles(boolean dest) {
        return words(TestPki.files(dir, "good", dest ? ca.dest() : ca.source(), ca));
    }

    private List<String> options(BadFiles bad, boolean dest) throws IOException {
        TlsFiles files =
                switch (bad) {
                    case OTHER_PURPOSE -> files(dest ? ca.source() : ca.dest());
                    case EXPIRED -> files(ca.issue(leaf(dest).expired()));
                    case NOT_YET_VALID -> files(ca.issue(leaf(dest).notYetValid()));
                    case WEAK_SIGNATURE -> files(ca.issue(leaf(dest).signature("SHA1withECDSA")));
                    case SHORT_KEY ->
                            files(ca.issue(leaf(dest).keys(TestPki.keyPair("RSA", 1024))));
                    case CERTIFICATE_OF_CA -> ofCa();
                    case REVOKED_CA -> belowRevokedCa(dest);
                    case REVOKED -> {
                        Issued own = ca.issue(leaf(dest));
                        yield files(own, ca.crl(own.leaf()));
                    }
                    case EXPIRED_LIST ->
                            files(
                                    ca.issue(leaf(dest)),
                                    ca.crl(Instant.now().minus(1, ChronoUnit.HOURS)));
                    case LIST_OF_ANOTHER_CA ->
                            files(ca.issue(leaf(dest)), new TestPki("another CA").crl());
                    case DAMAGED_LIST -> {
                        TlsFiles good = files(ca.issue(leaf(dest)), ca.crl());
                        TestPki.write(good.crl().orElseThrow(), "damaged");
                        yield good;
                    }
                    default -> files(ca.issue(leaf(dest)));
                };
        switch (bad) {
            case NO_CERTIFICATE -> Files.delete(files.cert());
            case NO_CA -> Files.delete(files.ca());
            case CA_IS_NO_CA -> TestPki.write(files.ca(), TestPki.pem(ca.dest().leaf()));
            case DAMAGED_KEY -> TestPki.write(files.key(), "damaged");
            case KEY_OF_ANOTHER ->
                    TestPki.write(files.key(), TestPki.pem(ca.dest().keys().getPrivate()));
            case KEY_READABLE_BY_OTHERS ->
                    Files.setPosixFilePermissions(
                            files.key(), PosixFilePermissions.fromString("rw-r--r--"));
            default -> {
                // The files are bad already.
            }
        }
        return words(files);
    }

    private static Leaf leaf(boolean dest) {
        return dest
                ? TestPki.leaf("dest").dns("dest").server()
                : TestPki.leaf("source").dns("source").client();
    }

    private TlsFiles files(Issued issued, X509CRL... lists) {
        return lists.length == 0
                ? TestPki.files(dir, "own", issued, ca)
                : TestPki.files(dir, "own", issued, ca, lists);
    }

    private TlsFiles ofCa() {
        TestPki lower = new TestPki("lower CA", Optional.of(ca));
        TlsFiles files = files(ca.dest());
        TestPki.write(files.cert(), TestPki.pem(lower.certificate));
        return files;
    }

    private TlsFiles belowRevokedCa(boolean dest) {
        TestPki lower = new TestPki("lower CA", Optional.of(ca));
        Issued own = lower.issue(leaf(dest));
        TlsFiles files = files(own, ca.crl(lower.certificate));
        TestPki.write(files.cert(), TestPki.pem(own.leaf(), lower.certificate));
        return files;
    }

    private static List<String> words(TlsFiles files) {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "--cert", files.cert() + "",
                                "--key", files.key() + "",
                                "--ca", files.ca() + ""));
        files.crl().ifPresent(list -> words.addAll(List.of("--crl", list + "")));
        return words;
    }
}
