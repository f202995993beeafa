package io.pageproxy.it;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.IssueOptions;
import io.pageproxy.certs.PkiException;
import io.pageproxy.certs.Role;
import io.pageproxy.certs.SubjectAltNames;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * A certificate and key that a peer must refuse, as files for OpenSSL: pageproxy would not start
 * with most of them.
 */
record ForeignCertificate(Path file, Path keyFile) {
    private static final Duration DAY = Duration.ofDays(1);

    /** An existing certificate of the PKI. */
    static ForeignCertificate inPki(Pki pki, String name) {
        return new ForeignCertificate(
                pki.dir().resolve(name + ".pem"), pki.dir().resolve(name + "-key.pem"));
    }

    /** A valid certificate of the CA for another name. */
    static ForeignCertificate named(Pki pki, String name) throws PkiException {
        ExamplePki.open(pki.dir())
                .issue(IssueOptions.named(name, Role.BOTH, SubjectAltNames.NONE, 1));
        return inPki(pki, name);
    }

    /** A certificate of the right side that is revoked. */
    static ForeignCertificate revoked(Pki pki, String side) throws PkiException {
        String name = "revoked";
        SubjectAltNames names =
                new SubjectAltNames(
                        List.of(side), List.of(InetAddress.getLoopbackAddress()), List.of());
        ExamplePki authority = ExamplePki.open(pki.dir());
        authority.issue(IssueOptions.named(name, Role.BOTH, names, 1));
        authority.revoke(name);
        return inPki(pki, name);
    }

    /** A certificate of the right side that expired yesterday. */
    static ForeignCertificate expired(Pki pki, String side, Path dir) {
        Instant yesterday = Instant.now().minus(DAY);
        return issue(pki, side, dir, yesterday.minus(DAY), yesterday);
    }

    /** A certificate of the right side that is valid from tomorrow. */
    static ForeignCertificate notYetValid(Pki pki, String side, Path dir) {
        Instant tomorrow = Instant.now().plus(DAY);
        return issue(pki, side, dir, tomorrow, tomorrow.plus(DAY));
    }

    /** A self-signed certificate of the right side. */
    static ForeignCertificate selfSigned(String side, Path dir) {
        KeyPair keys = newKeys();
        X500Name name = new X500Name("CN=" + side);
        Instant now = Instant.now();
        X509v3CertificateBuilder builder = builder(name, side, keys, now.minus(DAY), now.plus(DAY));
        return write(dir, sign(builder, side, keys.getPrivate()), keys);
    }

    private static ForeignCertificate issue(
            Pki pki, String side, Path dir, Instant from, Instant until) {
        KeyPair keys = newKeys();
        X509CertificateHolder authority = (X509CertificateHolder) read(pki.dir().resolve("ca.pem"));
        PrivateKeyInfo authorityKey = (PrivateKeyInfo) read(pki.dir().resolve("ca-key.pem"));
        X509v3CertificateBuilder builder = builder(authority.getSubject(), side, keys, from, until);
        try {
            return write(
                    dir,
                    sign(builder, side, new JcaPEMKeyConverter().getPrivateKey(authorityKey)),
                    keys);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            return KeyPairGenerator.getInstance("EC").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, String side, KeyPair keys, Instant from, Instant until) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(77),
                Date.from(from),
                Date.from(until),
                new X500Name("CN=" + side),
                keys.getPublic());
    }

    private static X509CertificateHolder sign(
            X509v3CertificateBuilder builder, String side, PrivateKey key) {
        KeyPurposeId[] purposes = {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth};
        GeneralName[] names = {
            new GeneralName(GeneralName.dNSName, side),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1")
        };
        try {
            return builder.addExtension(
                            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names))
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key));
        } catch (IOException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private static ForeignCertificate write(
            Path dir, X509CertificateHolder certificate, KeyPair keys) {
        ForeignCertificate files =
                new ForeignCertificate(dir.resolve("foreign.pem"), dir.resolve("foreign-key.pem"));
        write(files.file(), certificate);
        write(files.keyFile(), new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
        return files;
    }

    private static void write(Path file, Object content) {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter pem = new JcaPEMWriter(out)) {
            pem.writeObject(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Object read(Path file) {
        try (Reader in = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(in)) {
            return parser.readObject();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Options of {@code openssl s_client} and {@code s_server}. */
    List<String> options() {
        return List.of("-cert", file.toString(), "-key", keyFile.toString());
    }
}
