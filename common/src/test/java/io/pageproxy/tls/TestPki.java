package io.pageproxy.tls;

import io.pageproxy.certificate.TlsFiles;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A test CA that issues valid and invalid certificates and writes them as PEM. */
public final class TestPki {
    private static final AtomicLong SERIALS = new AtomicLong(1000);

    final X500Name name;
    final KeyPair keys = keyPair("EC", 256);
    public final X509Certificate certificate;

    /** A key and its certificate chain, leaf first. */
    public record Issued(KeyPair keys, List<X509Certificate> chain) {
        public X509Certificate leaf() {
            return chain.get(0);
        }
    }

    public TestPki(String commonName) {
        this(commonName, Optional.empty());
    }

    /** Creates an intermediate CA if there is a parent, else a root. */
    public TestPki(String commonName, Optional<TestPki> parent) {
        this(commonName, parent, ca -> ca);
    }

    /** Creates a CA with constraints on what it may issue. */
    public TestPki(String commonName, Optional<TestPki> parent, UnaryOperator<Leaf> limits) {
        this.name = new X500Name("CN=" + commonName);
        this.certificate =
                issue(parent.orElse(this), limits.apply(leaf(commonName).keys(keys).authority()));
    }

    /** A cross-certificate: another CA's certificate for this CA's name and key. */
    public X509Certificate crossSignedBy(TestPki other, UnaryOperator<Leaf> changes) {
        String commonName = name.toString().substring("CN=".length());
        return issue(other, changes.apply(leaf(commonName).keys(keys).authority()));
    }

    public static KeyPair keyPair(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Issues a host certificate. */
    public Issued issue(Leaf leaf) {
        return new Issued(leaf.keys, List.of(issue(this, leaf)));
    }

    public static Leaf leaf(String commonName) {
        return new Leaf(commonName);
    }

    public Issued source() {
        return issue(leaf("source").dns("source").uri("spiffe://test/source").client());
    }

    public Issued dest() {
        return issue(leaf("dest").dns("dest").dns("localhost").ip("127.0.0.1").server());
    }

    /** The content of a certificate; by default valid from one hour ago for one day. */
    public static final class Leaf {
        private final String commonName;
        private final List<GeneralName> names = new ArrayList<>();
        private final List<KeyPurposeId> purposes = new ArrayList<>();
        private KeyPair keys = keyPair("EC", 256);
        private Instant notBefore = Instant.now().minus(1, ChronoUnit.HOURS);
        private Instant notAfter = Instant.now().plus(1, ChronoUnit.DAYS);
        private boolean authority;
        private OptionalInt pathLength = OptionalInt.empty();
        private Optional<String> permittedDns = Optional.empty();
        private int keyUsage = KeyUsage.digitalSignature;
        private String signature = "SHA256withECDSA";

        private Leaf(String commonName) {
            this.commonName = commonName;
        }

        public Leaf keys(KeyPair given) {
            keys = given;
            return this;
        }

        /** Sets the algorithm of the issuer's signature. */
        public Leaf signature(String algorithm) {
            signature = algorithm;
            return this;
        }

        public Leaf dns(String dns) {
            names.add(new GeneralName(GeneralName.dNSName, dns));
            return this;
        }

        public Leaf uri(String uri) {
            names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
            return this;
        }

        public Leaf ip(String ip) {
            names.add(new GeneralName(GeneralName.iPAddress, ip));
            return this;
        }

        public Leaf client() {
            purposes.add(KeyPurposeId.id_kp_clientAuth);
            return this;
        }

        public Leaf server() {
            purposes.add(KeyPurposeId.id_kp_serverAuth);
            return this;
        }

        public Leaf keyUsage(int bits) {
            keyUsage = bits;
            return this;
        }

        public Leaf validity(Instant from, Instant to) {
            notBefore = from;
            notAfter = to;
            return this;
        }

        public Leaf expired() {
            return validity(
                    Instant.now().minus(2, ChronoUnit.DAYS),
                    Instant.now().minus(1, ChronoUnit.DAYS));
        }

        public Leaf notYetValid() {
            return validity(
                    Instant.now().plus(1, ChronoUnit.DAYS), Instant.now().plus(2, ChronoUnit.DAYS));
        }

        /** Sets the maximum number of CAs below this one. */
        public Leaf pathLength(int most) {
            pathLength = OptionalInt.of(most);
            return this;
        }

        /** Restricts the CA to names in this domain. */
        public Leaf permittedDns(String domain) {
            permittedDns = Optional.of(domain);
            return this;
        }

        private BasicConstraints basicConstraints() {
            return pathLength.isPresent()
                    ? new BasicConstraints(pathLength.getAsInt())
                    : new BasicConstraints(authority);
        }

        private Leaf authority() {
            authority = true;
            keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
            return this;
        }
    }

    public static Issued selfSigned(Leaf leaf) {
        X500Name self = new X500Name("CN=" + leaf.commonName);
        return new Issued(leaf.keys, List.of(build(self, leaf.keys, leaf)));
    }

    private static X509Certificate issue(TestPki issuer, Leaf leaf) {
        return build(issuer.name, issuer.keys, leaf);
    }

    private static X509Certificate build(X500Name issuer, KeyPair issuerKeys, Leaf leaf) {
        try {
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            issuer,
                            BigInteger.valueOf(SERIALS.incrementAndGet()),
                            Date.from(leaf.notBefore),
                            Date.from(leaf.notAfter),
                            new X500Name("CN=" + leaf.commonName),
                            leaf.keys.getPublic());
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(issuerKeys.getPublic()));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    extensions.createSubjectKeyIdentifier(leaf.keys.getPublic()));
            builder.addExtension(Extension.basicConstraints, true, leaf.basicConstraints());
            if (leaf.permittedDns.isPresent()) {
                GeneralName domain = new GeneralName(GeneralName.dNSName, leaf.permittedDns.get());
                builder.addExtension(
                        Extension.nameConstraints,
                        true,
                        new NameConstraints(
                                new GeneralSubtree[] {new GeneralSubtree(domain)}, null));
            }
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(leaf.keyUsage));
            if (!leaf.purposes.isEmpty()) {
                builder.addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(leaf.purposes.toArray(KeyPurposeId[]::new)));
            }
            if (!leaf.names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(leaf.names.toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(signer(leaf.signature, issuerKeys)));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ContentSigner signer(String algorithm, KeyPair keys)
            throws OperatorCreationException {
        return new JcaContentSignerBuilder(algorithm).build(keys.getPrivate());
    }

    /** A revocation list that is in force for a day. */
    public X509CRL crl(X509Certificate... revoked) {
        return crl(Instant.now().plus(1, ChronoUnit.DAYS), revoked);
    }

    public X509CRL crl(Instant nextUpdate, X509Certificate... revoked) {
        return crl("SHA256withECDSA", nextUpdate, revoked);
    }

    public X509CRL crl(String signature, Instant nextUpdate, X509Certificate... revoked) {
        try {
            X509v2CRLBuilder builder =
                    new X509v2CRLBuilder(name, Date.from(Instant.now().minus(2, ChronoUnit.DAYS)));
            builder.setNextUpdate(Date.from(nextUpdate));
            for (X509Certificate certificate : revoked) {
                builder.addCRLEntry(certificate.getSerialNumber(), Date.from(Instant.now()), 0);
            }
            return new JcaX509CRLConverter().getCRL(builder.build(signer(signature, keys)));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Encodes certificates, keys and revocation lists as PEM. */
    public static String pem(Object... objects) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object object : objects) {
                writer.writeObject(
                        object instanceof PrivateKey key
                                ? new JcaPKCS8Generator(key, null)
                                : object);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Writes a file that only its owner can read. */
    public static Path write(Path file, String text) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes one side's files, NAME.pem, NAME-key.pem and NAME-ca.pem. */
    public static TlsFiles files(Path dir, String name, Issued issued, TestPki trusted) {
        return new TlsFiles(
                write(dir.resolve(name + ".pem"), pem(issued.chain().toArray())),
                write(dir.resolve(name + "-key.pem"), pem(issued.keys().getPrivate())),
                write(dir.resolve(name + "-ca.pem"), pem(trusted.certificate)),
                Optional.empty(),
                Optional.empty());
    }

    /** Writes one side's files and revocation lists, NAME-crl.pem. */
    public static TlsFiles files(
            Path dir, String name, Issued issued, TestPki trusted, X509CRL... crls) {
        TlsFiles files = files(dir, name, issued, trusted);
        Path crl = write(dir.resolve(name + "-crl.pem"), pem((Object[]) crls));
        return new TlsFiles(
                files.cert(), files.key(), files.ca(), Optional.of(crl), Optional.empty());
    }
}
