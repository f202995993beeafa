package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pageproxy.certificate.Authorities;
import io.pageproxy.certificate.CertificateFiles;
import io.pageproxy.certificate.KeyKinds;
import io.pageproxy.certificate.OwnChain;
import io.pageproxy.certificate.PemFile;
import io.pageproxy.certificate.PrivateKeys;
import io.pageproxy.certificate.RevocationLists;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Feeds arbitrary bytes to the readers of {@code --cert}, {@code --key}, {@code --ca} and {@code
 * --crl}.
 */
class PemFuzz {
    private static final TestPki PKI = new TestPki("CA");
    private static final TestPki.Issued SOURCE = PKI.source();
    private static final X509Certificate STRANGER = new TestPki("CA").certificate;
    private static final KeyPair RSA = TestPki.keyPair("RSA", 1024);

    private static final List<String> LABELS =
            List.of(
                    "CERTIFICATE",
                    "X509 CRL",
                    "PRIVATE KEY",
                    "EC PRIVATE KEY",
                    "RSA PRIVATE KEY",
                    "EC PARAMETERS",
                    "ENCRYPTED PRIVATE KEY",
                    "TRUSTED CERTIFICATE",
                    "CERTIFICATE REQUEST");

    @TempDir private static Path folder;

    /** Reads a file as one kind of PEM file. */
    private interface Reader {
        void read(Path file) throws TlsConfigException;
    }

    static Stream<Arguments> texts() {
        PrivateKey key = SOURCE.keys().getPrivate();
        return Stream.of(
                        TestPki.pem(SOURCE.leaf(), PKI.certificate),
                        TestPki.pem(PKI.crl(SOURCE.leaf())),
                        TestPki.pem(key),
                        TestPki.pem(SOURCE.keys()),
                        TestPki.pem(RSA),
                        """
                        -----BEGIN RSA PRIVATE KEY-----
                        Proc-Type: 4,ENCRYPTED
                        DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF

                        AAAA
                        -----END RSA PRIVATE KEY-----
                        """)
                .map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @MethodSource("texts")
    @FuzzTest
    void anyTextIsAcceptedOrRefusedNamingFlagAndFile(byte[] text) throws IOException {
        readAsEveryKind(text);
    }

    static Stream<Arguments> ders() throws Exception {
        return Stream.of(
                        labelled(0, SOURCE.leaf().getEncoded()),
                        labelled(0, PKI.certificate.getEncoded()),
                        labelled(1, PKI.crl(SOURCE.leaf()).getEncoded()),
                        labelled(2, SOURCE.keys().getPrivate().getEncoded()),
                        labelled(2, RSA.getPrivate().getEncoded()),
                        labelled(3, der(SOURCE.keys())),
                        labelled(4, der(RSA)))
                .map(der -> Arguments.of((Object) der));
    }

    private static byte[] der(KeyPair keys) {
        return Base64.getMimeDecoder().decode(TestPki.pem(keys).replaceAll("-----[^-]*-----", ""));
    }

    private static byte[] labelled(int label, byte[] der) {
        byte[] labelled = new byte[1 + der.length];
        labelled[0] = (byte) label;
        System.arraycopy(der, 0, labelled, 1, der.length);
        return labelled;
    }

    /** Fuzzes the DER beneath the base64 directly, so that the fuzzer reaches the ASN.1 decoder. */
    @MethodSource("ders")
    @FuzzTest
    void anyDerIsAcceptedOrRefusedNamingFlagAndFile(byte[] labelAndDer) throws IOException {
        if (labelAndDer.length == 0) {
            return;
        }
        String label = LABELS.get((labelAndDer[0] & 0xff) % LABELS.size());
        byte[] der = Arrays.copyOfRange(labelAndDer, 1, labelAndDer.length);
        String base64 = Base64.getMimeEncoder().encodeToString(der);
        String pem = "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
        readAsEveryKind(pem.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void readAsEveryKind(byte[] text) throws IOException {
        Path file = folder.resolve("file.pem");
        Files.write(file, text);
        read(TlsFiles.CERT, file, PemFuzz::readChain);
        read(TlsFiles.KEY, file, PemFuzz::readKey);
        read(TlsFiles.CA, file, PemFuzz::readAuthorities);
        read(TlsFiles.CRL, file, PemFuzz::readRevocations);
    }

    private static void read(String flag, Path file, Reader reader) {
        try {
            reader.read(file);
        } catch (TlsConfigException e) {
            assertThat(e)
                    .hasMessageMatching(
                            "(?s)(" + flag + "|--key) " + Pattern.quote(file + ": ") + ".*")
                    .hasMessageContaining(";");
            assertThat(e.getMessage()).doesNotContainPattern("\\p{Cc}");
        }
    }

    private static void readChain(Path file) throws TlsConfigException {
        PemFile pem = PemFile.read(TlsFiles.CERT, file);
        TlsFiles files = new TlsFiles(file, file, file, Optional.empty(), Optional.empty());
        X509Certificate leaf =
                OwnChain.of(
                                pem,
                                CertificateFiles.certificates(pem),
                                SOURCE.keys().getPrivate(),
                                files,
                                List.of(PKI.certificate))
                        .get(0);
        assertThat(leaf.getBasicConstraints()).isNegative();
        assertThat(KeyKinds.fault(leaf.getPublicKey())).isEmpty();
    }

    private static void readKey(Path file) throws TlsConfigException {
        TlsFiles files = new TlsFiles(file, file, file, Optional.empty(), Optional.empty());
        PrivateKey key = PrivateKeys.load(files, true);
        assertThat(key.getAlgorithm()).isIn("EC", "RSA");
    }

    private static void readAuthorities(Path file) throws TlsConfigException {
        PemFile pem = PemFile.read(TlsFiles.CA, file);
        assertThat(Authorities.of(pem).trusted())
                .isNotEmpty()
                .allMatch(authority -> authority.getBasicConstraints() >= 0);
    }

    /** Checks that an accepted list is signed by the CA. */
    private static void readRevocations(Path file) throws TlsConfigException {
        PemFile pem = PemFile.read(TlsFiles.CRL, file);
        for (X509CRL crl : RevocationLists.read(pem, only(PKI.certificate))) {
            assertThat(crl.getIssuerX500Principal())
                    .isEqualTo(PKI.certificate.getSubjectX500Principal());
        }
        assertThatThrownBy(() -> RevocationLists.read(pem, only(STRANGER)))
                .isInstanceOf(TlsConfigException.class);
    }

    private static Authorities only(X509Certificate authority) {
        return new Authorities(List.of(authority), List.of(), List.of());
    }
}
