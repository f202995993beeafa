package io.pageproxy.it;

import java.io.FileReader;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A peer whose certificate of the right authority expired yesterday. It is the JDK's TLS: a
 * pageproxy with such a certificate does not start.
 */
final class ExpiredPeer {
    private static final char[] PASSWORD = "it".toCharArray();

    private ExpiredPeer() {}

    /** TLS with the expired certificate of {@code source} or {@code dest}, trusting everybody. */
    static SSLContext context(Pki pki, String side) throws IOException, GeneralSecurityException {
        KeyPair keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        X509Certificate authority =
                new JcaX509CertificateConverter()
                        .getCertificate((X509CertificateHolder) pem(pki.dir().resolve("ca.pem")));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        X509Certificate[] chain = {issue(pki, side, keys), authority};
        store.setKeyEntry("peer", keys.getPrivate(), PASSWORD, chain);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(factory.getKeyManagers(), new TrustManager[] {new TrustEverybody()}, null);
        return context;
    }

    private static X509Certificate issue(Pki pki, String side, KeyPair keys)
            throws IOException, GeneralSecurityException {
        X509CertificateHolder authority = (X509CertificateHolder) pem(pki.dir().resolve("ca.pem"));
        PrivateKey authorityKey =
                new JcaPEMKeyConverter()
                        .getPrivateKey((PrivateKeyInfo) pem(pki.dir().resolve("ca-key.pem")));
        Instant yesterday = Instant.now().minus(Duration.ofDays(1));
        X509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        authority.getSubject(),
                        BigInteger.valueOf(77),
                        Date.from(yesterday.minus(Duration.ofDays(1))),
                        Date.from(yesterday),
                        new X500Name("CN=" + side),
                        keys.getPublic());
        KeyPurposeId[] purposes = {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth};
        GeneralName[] names = {
            new GeneralName(GeneralName.dNSName, side),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1")
        };
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(authorityKey)));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static Object pem(Path file) throws IOException {
        try (PEMParser parser =
                new PEMParser(new FileReader(file.toFile(), StandardCharsets.US_ASCII))) {
            return parser.readObject();
        }
    }

    private static final class TrustEverybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
