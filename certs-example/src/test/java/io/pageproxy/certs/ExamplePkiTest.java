package io.pageproxy.certs;

import static io.pageproxy.certs.PkiTestKit.certificate;
import static io.pageproxy.certs.PkiTestKit.crl;
import static io.pageproxy.certs.PkiTestKit.listing;
import static io.pageproxy.certs.PkiTestKit.validate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExamplePkiTest {
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final int DNS = 2;
    private static final int URI_NAME = 6;
    private static final int IP = 7;

    @TempDir Path temp;

    private Path dir() {
        return temp.resolve("pki");
    }

    private ExamplePki create() throws PkiException {
        return ExamplePki.create(dir(), InitOptions.defaults());
    }

    private static IssueOptions options(String name, Role role) {
        return IssueOptions.named(name, role, SubjectAltNames.NONE, 30);
    }

    @Test
    void createWritesSevenFilesWithTheirPermissionsAndNothingElse() throws Exception {
        create();
        String open = "rw-r--r--";
        String secret = "rw-------";
        assertThat(listing(dir()))
                .isEqualTo(
                        Map.of(
                                "ca.pem", open,
                                "ca-key.pem", secret,
                                "crl.pem", open,
                                "source.pem", open,
                                "source-key.pem", secret,
                                "dest.pem", open,
                                "dest-key.pem", secret));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir())))
                .isEqualTo("rwx------");
    }

    @Test
    void createKeepsModeOfExistingFolder() throws Exception {
        Files.createDirectory(dir());
        Files.setPosixFilePermissions(dir(), PosixFilePermissions.fromString("rwxr-x---"));
        create();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir())))
                .isEqualTo("rwxr-x---");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ca.pem",
                "ca-key.pem",
                "crl.pem",
                "source.pem",
                "source-key.pem",
                "dest.pem",
                "dest-key.pem"
            })
    void createRefusesEachExistingFileAndWritesNone(String existing) throws Exception {
        Files.createDirectory(dir());
        Path file = Files.writeString(dir().resolve(existing), "mine");
        assertThatThrownBy(this::create)
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(file + ": already exists");
        assertThat(listing(dir())).containsOnlyKeys(existing);
        assertThat(file).hasContent("mine");
    }

    @Test
    void createRefusesDanglingLinkInPlaceOfFile() throws Exception {
        Files.createDirectory(dir());
        Files.createSymbolicLink(dir().resolve("dest-key.pem"), temp.resolve("elsewhere"));
        assertThatThrownBy(this::create).hasMessageContaining("dest-key.pem: already exists");
        assertThat(temp.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void authorityIsConstrainedToSigningLeavesAndCrls() throws Exception {
        create();
        X509Certificate ca = certificate(dir().resolve("ca.pem"));
        assertThat(ca.getBasicConstraints()).isZero();
        assertThat(ca.getKeyUsage())
                .containsExactly(false, false, false, false, false, true, true, false, false);
        assertThat(ca.getCriticalExtensionOIDs())
                .containsExactlyInAnyOrder("2.5.29.19", "2.5.29.15");
        assertThat(ca.getNonCriticalExtensionOIDs()).contains("2.5.29.14", "2.5.29.35");
        assertThat(Duration.between(Instant.now(), ca.getNotAfter().toInstant()).toDays())
                .isBetween(3649L, 3650L);
    }

    @Test
    void leavesAreP256WithTheirRoleNamesAndLifetime() throws Exception {
        Instant now = Instant.parse("2030-01-02T03:04:05Z");
        ExamplePki.create(dir(), InitOptions.defaults(), Clock.fixed(now, ZoneOffset.UTC));
        X509Certificate source = certificate(dir().resolve("source.pem"));
        X509Certificate dest = certificate(dir().resolve("dest.pem"));
        assertThat(source.getExtendedKeyUsage()).containsExactly(CLIENT_AUTH);
        assertThat(dest.getExtendedKeyUsage()).containsExactly(SERVER_AUTH);
        assertThat(List.copyOf(source.getSubjectAlternativeNames()))
                .isEqualTo(List.of(List.of(DNS, "source")));
        assertThat(List.copyOf(dest.getSubjectAlternativeNames()))
                .isEqualTo(
                        List.of(
                                List.of(DNS, "dest"),
                                List.of(DNS, "localhost"),
                                List.of(IP, "127.0.0.1"),
                                List.of(IP, "0:0:0:0:0:0:0:1")));
        for (X509Certificate leaf : List.of(source, dest)) {
            assertThat(leaf.getSigAlgName()).isEqualTo("SHA256withECDSA");
            assertThat(((ECPublicKey) leaf.getPublicKey()).getParams().getOrder().bitLength())
                    .isEqualTo(256);
            assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
            assertThat(leaf.getKeyUsage())
                    .containsExactly(true, false, false, false, false, false, false, false, false);
            assertThat(leaf.getNotBefore().toInstant()).isEqualTo(now.minusSeconds(300));
            assertThat(leaf.getNotAfter().toInstant()).isEqualTo(now.plus(365, ChronoUnit.DAYS));
            assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(129);
        }
        assertThat(source.getSerialNumber()).isNotEqualTo(dest.getSerialNumber());
    }

    @Test
    void additionalNamesOfDestAreNotDuplicated() throws Exception {
        SubjectAltNames further =
                new SubjectAltNames(
                        List.of("Target.Example.org", "localhost"),
                        List.of(Names.ip("2001:db8::7")),
                        List.of());
        ExamplePki.create(dir(), new InitOptions(further, 7));
        assertThat(List.copyOf(certificate(dir().resolve("dest.pem")).getSubjectAlternativeNames()))
                .isEqualTo(
                        List.of(
                                List.of(DNS, "dest"),
                                List.of(DNS, "localhost"),
                                List.of(DNS, "target.example.org"),
                                List.of(IP, "127.0.0.1"),
                                List.of(IP, "0:0:0:0:0:0:0:1"),
                                List.of(IP, "2001:db8:0:0:0:0:0:7")));
    }

    @Test
    void everyKeyIsPlainPkcs8AndBelongsToItsCertificate() throws Exception {
        create();
        for (String name : List.of("ca", "source", "dest")) {
            String pem = Files.readString(dir().resolve(name + "-key.pem"));
            assertThat(pem).startsWith("-----BEGIN PRIVATE KEY-----\n");
            byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", ""));
            PrivateKey key =
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
            assertThat(Keys.match(key, certificate(dir().resolve(name + ".pem")).getPublicKey()))
                    .isTrue();
            assertThat(Keys.match(key, Keys.generate().getPublic())).isFalse();
        }
    }

    @Test
    void chainsValidateByPkixUntilRevoked() throws Exception {
        ExamplePki pki = create();
        pki.issue(options("web1", Role.BOTH));
        validate(dir(), "source");
        validate(dir(), "dest");
        validate(dir(), "web1");
        pki.revoke("web1");
        assertThatThrownBy(() -> validate(dir(), "web1")).hasMessageContaining("revoked");
        validate(dir(), "source");
        validate(dir(), "dest");
    }

    @Test
    void issueGivesRoleAndNamesAndRefusesToOverwrite() throws Exception {
        ExamplePki pki = create();
        SubjectAltNames names =
                new SubjectAltNames(
                        List.of("web1.example.org"),
                        List.of(Names.ip("192.0.2.7")),
                        List.of(URI.create("spiffe://example.org/web")));
        Issued issued = pki.issue(IssueOptions.named("web1", Role.BOTH, names, 30));
        X509Certificate web1 = certificate(issued.certificateFile());
        assertThat(web1.getExtendedKeyUsage()).containsExactly(CLIENT_AUTH, SERVER_AUTH);
        assertThat(List.copyOf(web1.getSubjectAlternativeNames()))
                .isEqualTo(
                        List.of(
                                List.of(DNS, "web1"),
                                List.of(DNS, "web1.example.org"),
                                List.of(IP, "192.0.2.7"),
                                List.of(URI_NAME, "spiffe://example.org/web")));
        assertThat(listing(dir())).containsEntry("web1-key.pem", "rw-------");

        Files.delete(issued.certificateFile());
        byte[] key = Files.readAllBytes(issued.keyFile());
        assertThatThrownBy(() -> pki.issue(options("web1", Role.DEST)))
                .hasMessageContaining(issued.keyFile() + ": already exists");
        assertThat(issued.certificateFile()).doesNotExist();
        assertThat(issued.keyFile()).hasBinaryContent(key);
    }

    @Test
    void issueRefusesToOutliveCaAndStatesMaximum() throws Exception {
        Instant now = Instant.parse("2030-01-01T00:00:00Z");
        ExamplePki.create(dir(), new InitOptions(SubjectAltNames.NONE, 3650), clock(now));
        ExamplePki later = ExamplePki.open(dir(), clock(now.plus(3640, ChronoUnit.DAYS)));
        assertThatThrownBy(
                        () ->
                                later.issue(
                                        IssueOptions.named(
                                                "w", Role.DEST, SubjectAltNames.NONE, 11)))
                .hasMessageContaining("ca.pem: ends 2039-12-30")
                .hasMessageEndingWith("ask for at most 10");
        later.issue(IssueOptions.named("w", Role.DEST, SubjectAltNames.NONE, 10));
        ExamplePki ended = ExamplePki.open(dir(), clock(now.plus(3650, ChronoUnit.DAYS)));
        assertThatThrownBy(() -> ended.issue(options("x", Role.DEST)))
                .hasMessageContaining("make a new PKI");
    }

    @Test
    void openReportsMissingDamagedAndForeignFiles() throws Exception {
        assertThatThrownBy(() -> ExamplePki.open(dir()))
                .hasMessageContaining("ca.pem: missing; make a PKI first");
        create();
        Files.copy(
                dir().resolve("dest-key.pem"),
                dir().resolve("ca-key.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> ExamplePki.open(dir())).hasMessageContaining("not the key of");
        Files.writeString(dir().resolve("ca-key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n");
        assertThatThrownBy(() -> ExamplePki.open(dir()))
                .hasMessageContaining("ca-key.pem: damaged, or not PEM");
        Files.delete(dir().resolve("ca-key.pem"));
        assertThatThrownBy(() -> ExamplePki.open(dir()))
                .hasMessageContaining("ca-key.pem: no such file");
    }

    private static Clock clock(Instant now) {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    @Test
    void writtenCrlIsSignedAndCurrent() throws Exception {
        create();
        crl(dir().resolve("crl.pem")).verify(certificate(dir().resolve("ca.pem")).getPublicKey());
        assertThat(crl(dir().resolve("crl.pem")).getRevokedCertificates()).isNull();
    }
}
