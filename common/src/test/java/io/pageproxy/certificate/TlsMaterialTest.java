package io.pageproxy.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.tls.TestPki;
import io.pageproxy.tls.TestPki.Issued;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.interfaces.ECPrivateKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each problem with a file is reported with flag, file and remedy. */
class TlsMaterialTest {
    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void validFilesLoad() throws Exception {
        TlsMaterial material = load(TestPki.files(dir, "dest", ca.dest(), ca, ca.crl()));
        assertThat(CertificateNames.dns(material.leaf())).contains("dest");
        assertThat(material.authorities()).containsExactly(ca.certificate);
        assertThat(material.revocations()).hasSize(1);
    }

    @Test
    void missingFilesAreReported() {
        TlsFiles validFiles = validFiles();
        Path gone = dir.resolve("gone.pem");
        assertRejected(withCert(validFiles, gone), "--cert", "gone.pem", "no such file");
        assertRejected(withKey(validFiles, gone), "--key", "gone.pem", "no such file");
        assertRejected(withCa(validFiles, gone), "--ca", "gone.pem", "no such file");
        assertRejected(withCrl(validFiles, gone), "--crl", "gone.pem", "no such file");
    }

    @Test
    void filesThatAreNotPemOrTruncatedAreReported() {
        TlsFiles validFiles = validFiles();
        assertRejected(withCert(validFiles, write("not PEM")), "--cert", "not PEM", "openssl");
        assertRejected(withCert(validFiles, dir), "--cert", "not a regular file");
        String whole = TestPki.pem(ca.dest().leaf());
        Path cut = write(whole.substring(0, whole.length() / 2));
        assertRejected(withCert(validFiles, cut), "--cert", "damaged PEM");
    }

    @Test
    void wrongKindOfObjectInFileIsReported() {
        TlsFiles validFiles = validFiles();
        assertRejected(
                withCert(validFiles, validFiles.key()),
                "--cert",
                "a private key, not only certificates");
        assertRejected(
                withKey(validFiles, validFiles.cert()),
                "--key",
                "a certificate, not only a private key");
        assertRejected(withCa(validFiles, validFiles.cert()), "--ca", "not a CA's certificate");
        assertRejected(withCert(validFiles, validFiles.ca()), "--cert", "is a CA's certificate");
        assertRejected(
                withCrl(validFiles, validFiles.ca()),
                "--crl",
                "a certificate, not only revocation lists");
    }

    @Test
    void keyOfAnotherCertificateIsReported() {
        Path other = write(TestPki.pem(ca.dest().keys().getPrivate()));
        assertRejected(
                withKey(validFiles(), other),
                "--key",
                "is not the key of the certificate in --cert");
        Path rsa = write(TestPki.pem(TestPki.keyPair("RSA", 2048).getPrivate()));
        assertRejected(
                withKey(validFiles(), rsa), "--key", "is not the key of the certificate in --cert");
    }

    @Test
    void keysUnsupportedByTlsAreReported() {
        assertRejected(
                leaf(TestPki.leaf("x").keys(TestPki.keyPair("Ed25519", 0))),
                "--key",
                "Ed25519",
                "P-256 or RSA");
        assertRejected(
                leaf(TestPki.leaf("x").keys(TestPki.keyPair("RSA", 1024))), "--cert", "1024 bits");
        assertRejected(
                leaf(TestPki.leaf("x").keys(TestPki.keyPair("EC", 521))), "--key", "secp521r1");
    }

    @Test
    void expiredAndNotYetValidOwnCertificatesAreReported() {
        assertRejected(leaf(TestPki.leaf("x").expired()), "--cert", "expired at", "renew");
        assertRejected(
                leaf(TestPki.leaf("x").notYetValid()), "--cert", "not valid before", "clock");
    }

    @Test
    void ownCertificateMustBeALeafWithItsIssuers() throws Exception {
        TestPki lower = new TestPki("lower CA", Optional.of(ca));
        Issued dest = lower.dest();
        TlsFiles validFiles = TestPki.files(dir, "dest", dest, ca);
        Path chain = write(TestPki.pem(dest.leaf(), lower.certificate));
        assertThat(load(withCert(validFiles, chain)).chain()).hasSize(2);
    }

    @Test
    void revocationListsExpiredOrOfAnotherCaAreReported() {
        TlsFiles validFiles = validFiles();
        X509CRL expired = ca.crl(Instant.now().minus(1, ChronoUnit.MINUTES));
        assertRejected(
                withCrl(validFiles, write(TestPki.pem(expired))),
                "--crl",
                "expired at",
                "new list");
        X509CRL foreign = new TestPki("test CA").crl();
        assertRejected(
                withCrl(validFiles, write(TestPki.pem(foreign))),
                "--crl",
                "not signed by a CA of --ca");
    }

    @Test
    void expiredCaInBundleIsIgnoredWithItsListAndAWarning() throws Exception {
        TestPki old = new TestPki("old CA", Optional.empty(), TestPki.Leaf::expired);
        TlsFiles validFiles = TestPki.files(dir, "dest", ca.dest(), ca);
        Path bundle = write(TestPki.pem(old.certificate, ca.certificate));
        X509CRL ofOld = old.crl(Instant.now().minus(1, ChronoUnit.HOURS));
        Path lists = write(TestPki.pem(ofOld, ca.crl()));
        TlsMaterial material = load(withCrl(withCa(validFiles, bundle), lists));
        assertThat(material.authorities()).containsExactly(ca.certificate);
        assertThat(material.revocations()).hasSize(1);
        assertThat(material.warnings())
                .singleElement()
                .asString()
                .contains("--ca", "CN=old CA expired at");
        assertRejected(
                withCa(validFiles, write(TestPki.pem(old.certificate))), "--ca", "expired at");
    }

    @Test
    void keyReadableByOthersIsRejectedUnlessAllowed() throws Exception {
        TlsFiles validFiles = validFiles();
        for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            Files.setPosixFilePermissions(validFiles.key(), PosixFilePermissions.fromString(mode));
            assertRejected(validFiles, "--key", mode, "chmod 600");
        }
        assertThat(new TlsMaterial(validFiles, true).key()).isNotNull();
    }

    @Test
    void keyOfRootMayBeReadByTheGroupOfAnotherUser() {
        int root = 0;
        int user = 999;
        assertThat(isPrivate("rw-r-----", root, user)).isTrue();
        assertThat(isPrivate("r--------", root, user)).isTrue();
        for (String mode : new String[] {"rw-rw----", "rw-r--r--", "rw---x---"}) {
            assertThat(isPrivate(mode, root, user)).as(mode).isFalse();
        }
        assertThat(isPrivate("rw-r-----", root, root)).isFalse();
        assertThat(isPrivate("rw-r-----", user, user)).isFalse();
        assertThat(isPrivate("rw-r-----", 1000, user)).isFalse();
    }

    private static boolean isPrivate(String mode, int owner, int self) {
        return PemFile.isPrivate(PosixFilePermissions.fromString(mode), owner, self);
    }

    @Test
    void encryptedKeyRequiresItsPassword() throws Exception {
        Issued dest = ca.dest();
        TlsFiles plain = TestPki.files(dir, "dest", dest, ca);
        TlsFiles locked = withKey(plain, write(encrypted(dest.keys().getPrivate(), "secret")));
        assertRejected(locked, "--key", "encrypted", "--key-password-file");
        assertRejected(
                withPassword(locked, "wrong\n"), "--key-password-file", "does not open --key");
        assertRejected(withPassword(locked, "\n"), "--key-password-file", "first line is empty");
        assertThat(load(withPassword(locked, "secret\n")).key())
                .isEqualTo(dest.keys().getPrivate());
    }

    @Test
    void pkcs1AndSec1KeysLoad() throws Exception {
        Issued ec = ca.dest();
        BigInteger s = ((ECPrivateKey) ec.keys().getPrivate()).getS();
        byte[] sec1 =
                new org.bouncycastle.asn1.sec.ECPrivateKey(256, s, SECObjectIdentifiers.secp256r1)
                        .getEncoded();
        byte[] curve = SECObjectIdentifiers.secp256r1.getEncoded();
        TlsFiles files = TestPki.files(dir, "dest", ec, ca);
        Path sec1File =
                write(
                        TestPki.pem(
                                new PemObject("EC PARAMETERS", curve),
                                new PemObject("EC PRIVATE KEY", sec1)));
        assertThat(load(withKey(files, sec1File)).leaf()).isEqualTo(ec.leaf());

        Issued rsa = ca.issue(TestPki.leaf("rsa").keys(TestPki.keyPair("RSA", 2048)));
        byte[] pkcs1 =
                PrivateKeyInfo.getInstance(rsa.keys().getPrivate().getEncoded())
                        .parsePrivateKey()
                        .toASN1Primitive()
                        .getEncoded();
        Path pkcs1File = write(TestPki.pem(new PemObject("RSA PRIVATE KEY", pkcs1)));
        TlsFiles rsaFiles = TestPki.files(dir, "rsa", rsa, ca);
        assertThat(load(withKey(rsaFiles, pkcs1File)).leaf()).isEqualTo(rsa.leaf());
    }

    private TlsFiles validFiles() {
        return TestPki.files(dir, "dest", ca.dest(), ca);
    }

    private TlsFiles leaf(TestPki.Leaf leaf) {
        return TestPki.files(dir, "dest", ca.issue(leaf), ca);
    }

    private static TlsMaterial load(TlsFiles files) throws TlsConfigException {
        return new TlsMaterial(files, false);
    }

    private static void assertRejected(TlsFiles files, String... fragments) {
        assertThatThrownBy(() -> load(files))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContainingAll(fragments);
    }

    private Path write(String text) {
        try {
            return TestPki.write(Files.createTempFile(dir, "given", ".pem"), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String encrypted(PrivateKey key, String password) throws Exception {
        return TestPki.pem(
                new JcaPKCS8Generator(
                        key,
                        new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                                .setProvider(new BouncyCastleProvider())
                                .setPassword(password.toCharArray())
                                .build()));
    }

    private static TlsFiles withCert(TlsFiles f, Path cert) {
        return new TlsFiles(cert, f.key(), f.ca(), f.crl(), f.keyPasswordFile());
    }

    private static TlsFiles withKey(TlsFiles f, Path key) {
        return new TlsFiles(f.cert(), key, f.ca(), f.crl(), f.keyPasswordFile());
    }

    private static TlsFiles withCa(TlsFiles f, Path ca) {
        return new TlsFiles(f.cert(), f.key(), ca, f.crl(), f.keyPasswordFile());
    }

    private static TlsFiles withCrl(TlsFiles f, Path crl) {
        return new TlsFiles(f.cert(), f.key(), f.ca(), Optional.of(crl), f.keyPasswordFile());
    }

    private TlsFiles withPassword(TlsFiles f, String text) {
        return new TlsFiles(f.cert(), f.key(), f.ca(), f.crl(), Optional.of(write(text)));
    }
}
