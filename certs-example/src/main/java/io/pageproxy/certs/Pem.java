package io.pageproxy.certs;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** Reads and writes the three kinds of PEM objects in a PKI's folder. */
final class Pem {
    private Pem() {}

    /**
     * The content of a PEM file, in file order.
     *
     * @param keys private keys that are not encrypted
     */
    record Contents(
            List<X509Certificate> certificates, List<X509CRL> crls, List<PrivateKey> keys) {}

    static String encode(X509Certificate certificate) {
        try {
            return encode("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException(e);
        }
    }

    static String encode(X509CRL crl) {
        try {
            return encode("X509 CRL", crl.getEncoded());
        } catch (CRLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Encodes a key as unencrypted PKCS#8. */
    static String encode(PrivateKey key) {
        return encode("PRIVATE KEY", key.getEncoded());
    }

    private static String encode(String type, byte[] der) {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, der));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    static X509Certificate readCertificate(Path file) throws PkiException {
        return first(file, read(file).certificates(), "certificate");
    }

    static X509CRL readCrl(Path file) throws PkiException {
        return first(file, read(file).crls(), "CRL");
    }

    static PrivateKey readKey(Path file) throws PkiException {
        return first(file, read(file).keys(), "private key (one without a password)");
    }

    static Contents read(Path file) throws PkiException {
        Contents contents = new Contents(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1);
                PEMParser parser = new PEMParser(text)) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                add(contents, next);
            }
        } catch (FileSystemException e) {
            throw PkiException.ofFile(file, e);
        } catch (IOException | CertificateException | CRLException | RuntimeException e) {
            throw new PkiException(file + ": damaged, or not PEM: " + e.getMessage(), e);
        }
        return contents;
    }

    private static void add(Contents contents, Object object)
            throws IOException, CertificateException, CRLException {
        if (object instanceof X509CertificateHolder holder) {
            contents.certificates.add(new JcaX509CertificateConverter().getCertificate(holder));
        } else if (object instanceof X509CRLHolder holder) {
            contents.crls.add(new JcaX509CRLConverter().getCRL(holder));
        } else if (object instanceof PrivateKeyInfo info) {
            contents.keys.add(new JcaPEMKeyConverter().getPrivateKey(info));
        } else if (object instanceof PEMKeyPair pair) {
            contents.keys.add(new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo()));
        }
    }

    private static <T> T first(Path file, List<T> found, String kind) throws PkiException {
        if (found.isEmpty()) {
            throw new PkiException(file + ": holds no PEM " + kind);
        }
        return found.get(0);
    }
}
