package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.OpenSsl;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.PeerVerifier;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and PEM files as openssl, text editors and manual copying produce them. */
class PemByHandTest {
    private static final String NAMES = "subjectAltName=DNS:peer,IP:127.0.0.1";
    private static final String PASSWORD = "pässwörd";

    @TempDir private Path dir;
    private Openssl root;

    @BeforeAll
    static void loadBoringSsl() {
        OpenSsl.ensureAvailability(); // PeerVerifier's error codes are constants of its library.
    }

    @BeforeEach
    void makeRoot() throws Exception {
        root = new Openssl(dir, Openssl.EC);
        root.issue("own", "/CN=own", NAMES, "-sha256");
    }

    @ParameterizedTest
    @CsvSource({
        "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256, UTF-8",
        "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1, UTF-8",
        "pkcs8 -topk8 -v1 PBE-SHA1-3DES, UTF-8",
        "ec -aes256, UTF-8",
        "ec -aes256, ISO-8859-1",
    })
    void passwordMayHaveNonAsciiCharacters(String how, Charset charset) throws Exception {
        Path password = Files.writeString(dir.resolve("password"), PASSWORD + "\n");
        root.run(how + " -in own.key -out locked.key -passout file:password");
        Files.writeString(password, PASSWORD + "\r\n", charset);
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(
                dir.resolve("locked.key"), PosixFilePermissions.fromString("rw-------"));
        TlsFiles files =
                new TlsFiles(
                        dir.resolve("own.pem"),
                        dir.resolve("locked.key"),
                        dir.resolve("root.pem"),
                        Optional.empty(),
                        Optional.of(password));
        assertThat(new TlsMaterial(files, false).key()).isNotNull();
    }

    @Test
    void byteOrderMarksAndIndentationAreIgnored() throws Exception {
        Openssl lower = root.intermediate("lower", Openssl.EC);
        lower.issue("own", "/CN=own", NAMES, "-sha256");
        String chain = withByteOrderMark("own.pem") + withByteOrderMark("lower.pem");
        rewrite("own.pem", chain.replace("\n", "\r\n    "));
        rewrite("own.key", withByteOrderMark("own.key"));
        rewrite("root.pem", withByteOrderMark("root.pem"));
        TlsMaterial material = new TlsMaterial(root.files("own"), false);
        assertThat(material.chain()).hasSize(2);
    }

    private String withByteOrderMark(String name) throws Exception {
        return "\uFEFF" + Files.readString(dir.resolve(name));
    }

    private void rewrite(String name, String text) throws Exception {
        Files.writeString(dir.resolve(name), text);
    }

    @Test
    void beginLineInMidLineIsReported() throws Exception {
        String ca = Files.readString(dir.resolve("root.pem"));
        rewrite("root.pem", ca.stripTrailing() + ca);
        assertRejected("own", "--ca", "PEM");
        rewrite("root.pem", ca + "cert: " + ca);
        assertRejected("own", "--ca", "only 1 of its 2 PEM objects");
    }

    @Test
    void utf16IsReported() throws Exception {
        Files.writeString(
                dir.resolve("own.pem"),
                "\uFEFF" + Files.readString(dir.resolve("own.pem")),
                StandardCharsets.UTF_16LE);
        assertRejected("own", "--cert", "UTF-16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp256k1", "brainpoolP256r1", "brainpoolP384r1", "secp521r1"})
    void unsupportedCurveIsNamed(String curve) throws Exception {
        root.run("ecparam -name " + curve + " -genkey -noout -out raw.key");
        createCertificate("odd", "/CN=odd", NAMES);
        assertRejected("odd", "--key", "on " + curve, "P-256 or P-384");
    }

    @Test
    void curveWithExplicitParametersIsReported() throws Exception {
        root.run("ecparam -name prime256v1 -param_enc explicit -genkey -noout -out raw.key");
        createCertificate("odd", "/CN=odd", NAMES);
        assertRejected("odd", "--cert", "spells out its curve");
    }

    @Test
    void peerWithUnsupportedCurveIsRefusedNamingTheCurve() throws Exception {
        root.run("ecparam -name secp256k1 -genkey -noout -out raw.key");
        createCertificate("odd", "/CN=odd", NAMES);
        PeerVerifier verifier =
                new PeerVerifier(new TlsMaterial(root.files("own"), false), PeerPolicy.ANY, false);
        assertThatThrownBy(
                        () ->
                                verifier.verify(
                                        new java.security.cert.X509Certificate[] {
                                            root.certificate("odd")
                                        },
                                        Purpose.CLIENT,
                                        Optional.empty()))
                .hasMessageContaining("on secp256k1");
    }

    /** Creates a certificate for raw.key, signed by the root. */
    private void createCertificate(String name, String subject, String names) throws Exception {
        root.run("pkcs8 -topk8 -nocrypt -in raw.key -out " + name + ".key");
        root.run("req -new -key raw.key -out " + name + ".csr -subj " + subject);
        Files.writeString(dir.resolve(name + ".ext"), names);
        root.run(
                "x509 -req -in %s.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -sha256 -out %s.pem -extfile %s.ext"
                        .formatted(name, name, name));
        Files.setPosixFilePermissions(
                dir.resolve(name + ".key"), PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void emptySubjectRequiresCriticalAlternativeName() throws Exception {
        root.issue("odd", "/", NAMES, "-sha256");
        assertRejected("odd", "--cert", "empty subject", "critical");
        root.issue("fine", "/", "subjectAltName=critical,DNS:peer,IP:127.0.0.1", "-sha256");
        assertThat(new TlsMaterial(root.files("fine"), false).leaf()).isNotNull();
    }

    @Test
    void peerWithEmptySubjectAndNoCriticalNameIsToldSo() throws Exception {
        root.issue("odd", "/", NAMES, "-sha256");
        TlsMaterial own = new TlsMaterial(root.files("own"), false);
        try (TestHandshake net = new TestHandshake(TlsContexts.server(own, PeerPolicy.ANY));
                OpensslClient client = OpensslClient.connect(dir, net.port(), "odd")) {
            assertThat(client.isAlive()).isTrue();
            TlsFailure failure = net.accepted().failure();
            assertThat(failure.reason())
                    .as(failure.message())
                    .isEqualTo(CloseReason.PEER_NOT_TRUSTED);
            assertThat(failure.message()).contains("empty subject", "critical");
        }
    }

    private void assertRejected(String name, String... fragments) {
        assertThatThrownBy(() -> new TlsMaterial(root.files(name), false))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContainingAll(fragments);
    }
}
