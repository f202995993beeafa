package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Each fault of a file names the flag, the file and the mend. */
class TlsMaterialTest {
    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void aGoodSetLoads() throws Exception {
        TlsMaterial material = load(TestPki.files(dir, "dest", ca.dest(), ca, ca.crl()));
        assertThat(CertificateNames.dns(material.leaf())).contains("dest");
        assertThat(material.authorities()).containsExactly(ca.certificate);
        assertThat(material.revocations()).hasSize(1);
    }

    @Test
    void missingFiles() {
        TlsFiles good = good();
        Path gone = dir.resolve("gone.pem");
        refused(withCert(good, gone), "--cert", "gone.pem", "no such file");
        refused(withKey(good, gone), "--key", "gone.pem", "no such file");
        refused(withCa(good, gone), "--ca", "gone.pem", "no such file");
        refused(withCrl(good, gone), "--crl", "gone.pem", "no such file");
    }

    @Test
    void filesThatAreNotPemOrNotWhole() {
        TlsFiles good = good();
        refused(withCert(good, write("not PEM")), "--cert", "not PEM", "openssl");
        refused(withCert(good, dir), "--cert", "not a regular file");
        String whole = TestPki.pem(ca.dest().leaf());
        Path cut = write(whole.substring(0, whole.length() / 2));
        refused(withCert(good, cut), "--cert", "damaged PEM");
    }

    @Test
    void theWrongObjectInAFile() {
        TlsFiles good = good();
        refused(withCert(good, good.key()), "--cert", "a private key, not only certificates");
        refused(withKey(good, good.cert()), "--key", "a certificate, not only a private key");
        refused(withCa(good, good.cert()), "--ca", "not a CA's certificate");
        refused(withCert(good, good.ca()), "--cert", "is a CA's certificate");
        refused(withCrl(good, good.ca()), "--crl", "a certificate, not only revocation lists");
    }

    @Test
    void aKeyOfAnotherCertificate() {
        Path other = write(TestPki.pem(ca.dest().keys().getPrivate()));
        refused(withKey(good(), other), "--key", "is not the key of the certificate in --cert");
        Path rsa = write(TestPki.pem(TestPki.keyPair("RSA", 2048).getPrivate()));
        refused(withKey(good(), rsa), "--key", "is not the key of the certificate in --cert");
    }

    @Test
    void keysThatTlsCannotUse() {
        refused(
                leaf(TestPki.leaf("x").keys(TestPki.keyPair("Ed25519", 0))),
                "--key",
                "Ed25519",
                "P-256 or RSA");
        refused(leaf(TestPki.leaf("x").keys(TestPki.keyPair("RSA", 1024))), "--cert", "1024 bits");
        refused(leaf(TestPki.leaf("x").keys(TestPki.keyPair("EC", 521))), "--key", "secp521r1");
    }

    @Test
    void ownCertificatesOutOfTheirTime() {
        refused(leaf(TestPki.leaf("x").expired()), "--cert", "expired at", "renew");
        refused(leaf(TestPki.leaf("x").notYetValid()), "--cert", "not valid before", "clock");
    }

    @Test
    void aChainLeadsUpwards() throws Exception {
        TestPki lower = new TestPki("lower CA", Optional.of(ca));
        Issued dest = lower.dest();
        TlsFiles good = TestPki.files(dir, "dest", dest, ca);
        Path chain = write(TestPki.pem(dest.leaf(), lower.certificate));
        assertThat(load(withCert(good, chain)).chain()).hasSize(2);
    }

    @Test
    void revocationListsOutOfForceOrOfAnotherCa() {
        TlsFiles good = good();
        X509CRL expired = ca.crl(Instant.now().minus(1, ChronoUnit.MINUTES));
        refused(withCrl(good, write(TestPki.pem(expired))), "--crl", "expired at", "new list");
        X509CRL foreign = new TestPki("test CA").crl();
        refused(withCrl(good, write(TestPki.pem(foreign))), "--crl", "not signed by a CA of --ca");
    }

    @Test
    void anExpiredCaInTheBundleIsLeftOutWithItsListAndAWarning() throws Exception {
        TestPki old = new TestPki("old CA", Optional.empty(), TestPki.Leaf::expired);
        TlsFiles good = TestPki.files(dir, "dest", ca.dest(), ca);
        Path bundle = write(TestPki.pem(old.certificate, ca.certificate));
        X509CRL ofOld = old.crl(Instant.now().minus(1, ChronoUnit.HOURS));
        Path lists = write(TestPki.pem(ofOld, ca.crl()));
        TlsMaterial material = load(withCrl(withCa(good, bundle), lists));
        assertThat(material.authorities()).containsExactly(ca.certificate);
        assertThat(material.revocations()).hasSize(1);
        assertThat(material.warnings())
                .singleElement()
                .asString()
                .contains("--ca", "CN=old CA expired at");
        refused(withCa(good, write(TestPki.pem(old.certificate))), "--ca", "expired at");
    }

    @Test
    void aKeyThatOthersCanReadIsRefusedUnlessAskedFor() throws Exception {
        TlsFiles good = good();
        for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString(mode));
            refused(good, "--key", mode, "chmod 600");
        }
        assertThat(new TlsMaterial(good, true).key()).isNotNull();
    }

    @Test
    void anEncryptedKeyNeedsItsPassword() throws Exception {
        Issued dest = ca.dest();
        TlsFiles plain = TestPki.files(dir, "dest", dest, ca);
        TlsFiles locked = withKey(plain, write(encrypted(dest.keys().getPrivate(), "secret")));
        refused(locked, "--key", "encrypted", "--key-password-file");
        refused(withPassword(locked, "wrong\n"), "--key-password-file", "does not open --key");
        refused(withPassword(locked, "\n"), "--key-password-file", "first line is empty");
        assertThat(load(withPassword(locked, "secret\n")).key())
                .isEqualTo(dest.keys().getPrivate());
    }

    @Test
    void olderFormsOfKeysLoad() throws Exception {
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

    private TlsFiles good() {
        return TestPki.files(dir, "dest", ca.dest(), ca);
    }

    private TlsFiles leaf(TestPki.Leaf leaf) {
        return TestPki.files(dir, "dest", ca.issue(leaf), ca);
    }

    private static TlsMaterial load(TlsFiles files) throws TlsConfigException {
        return new TlsMaterial(files, false);
    }

    private static void refused(TlsFiles files, String... words) {
        assertThatThrownBy(() -> load(files))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContainingAll(words);
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
