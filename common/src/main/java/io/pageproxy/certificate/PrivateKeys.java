package io.pageproxy.certificate;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/**
 * Reads {@code --key}: PKCS#8, plain or encrypted, and the older PKCS#1 (RSA) and SEC1 (EC) forms.
 */
public final class PrivateKeys {
    private static final int CHALLENGE_BYTES = 32;

    private PrivateKeys() {}

    /** Reads the private key from {@code --key}. */
    public static PrivateKey load(TlsFiles files, boolean unsafeKeyPermissions)
            throws TlsConfigException {
        if (!unsafeKeyPermissions) {
            PemFile.requirePrivate(TlsFiles.KEY, files.key());
            if (files.keyPasswordFile().isPresent()) {
                PemFile.requirePrivate(TlsFiles.KEY_PASSWORD_FILE, files.keyPasswordFile().get());
            }
        }
        PemFile pem = PemFile.read(TlsFiles.KEY, files.key());
        PrivateKeyInfo info = decode(pem, onlyKey(pem), files.keyPasswordFile());
        return decode(pem, info);
    }

    private static PrivateKey decode(PemFile pem, PrivateKeyInfo info) throws TlsConfigException {
        ASN1ObjectIdentifier kind = info.getPrivateKeyAlgorithm().getAlgorithm();
        boolean ec = kind.equals(X9ObjectIdentifiers.id_ecPublicKey);
        if (!ec && !kind.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            throw pem.fault(
                    "has a key of a kind that is not supported: " + nameOf(kind), KeyKinds.REMEDY);
        }
        Optional<String> curve =
                ec ? KeyKinds.curveFault(info.getPrivateKeyAlgorithm()) : Optional.empty();
        if (curve.isPresent()) {
            throw pem.fault("has " + curve.get(), KeyKinds.REMEDY);
        }
        try {
            return KeyFactory.getInstance(ec ? "EC" : "RSA")
                    .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw pem.fault(
                    "has a key that cannot be used (" + e.getMessage() + ")", KeyKinds.REMEDY);
        }
    }

    private static String nameOf(ASN1ObjectIdentifier kind) {
        if (kind.equals(EdECObjectIdentifiers.id_Ed25519)) {
            return "Ed25519";
        }
        return kind.equals(EdECObjectIdentifiers.id_Ed448) ? "Ed448" : kind.getId();
    }

    /**
     * Returns whether a key belongs to a certificate, by signing a challenge and verifying the
     * signature.
     */
    static boolean signsFor(X509Certificate leaf, PrivateKey key) {
        if (!key.getAlgorithm().equals(leaf.getPublicKey().getAlgorithm())) {
            return false;
        }
        try {
            byte[] challenge = new byte[CHALLENGE_BYTES];
            new SecureRandom().nextBytes(challenge);
            Signature signature =
                    Signature.getInstance(
                            key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
            signature.initSign(key);
            signature.update(challenge);
            byte[] signed = signature.sign();
            signature.initVerify(leaf.getPublicKey());
            signature.update(challenge);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * Returns the only key of a file, ignoring the EC PARAMETERS block that {@code openssl ecparam}
     * writes before it.
     */
    private static Object onlyKey(PemFile pem) throws TlsConfigException {
        Object found = null;
        for (Object object : pem.objects()) {
            boolean key =
                    object instanceof PrivateKeyInfo
                            || object instanceof PEMKeyPair
                            || object instanceof PEMEncryptedKeyPair
                            || object instanceof PKCS8EncryptedPrivateKeyInfo;
            if (key && found != null) {
                throw pem.fault("holds more than one private key", "give a file with the one");
            }
            boolean parameters =
                    object instanceof ASN1ObjectIdentifier || object instanceof X9ECParameters;
            if (!key && !parameters) {
                throw pem.fault(
                        "holds " + CertificateFiles.kind(object) + ", not only a private key",
                        "give the PEM file of the key, -----BEGIN PRIVATE KEY-----");
            }
            found = key ? object : found;
        }
        if (found == null) {
            throw pem.fault("holds no private key", "give the PEM file of the key");
        }
        return found;
    }

    private static PrivateKeyInfo decode(PemFile pem, Object key, Optional<Path> passwordFile)
            throws TlsConfigException {
        if (key instanceof PrivateKeyInfo info) {
            return info;
        }
        if (key instanceof PEMKeyPair pair) {
            return pair.getPrivateKeyInfo();
        }
        if (passwordFile.isEmpty()) {
            throw pem.fault(
                    "is encrypted and no password was given",
                    "name a file with the password by " + TlsFiles.KEY_PASSWORD_FILE);
        }
        return KeyPassword.read(passwordFile.get()).open(pem, password -> decrypt(key, password));
    }

    private static PrivateKeyInfo decrypt(Object key, char[] password)
            throws IOException, PKCSException, OperatorCreationException {
        BouncyCastleProvider provider = new BouncyCastleProvider();
        if (key instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
            return encrypted.decryptPrivateKeyInfo(
                    new JceOpenSSLPKCS8DecryptorProviderBuilder()
                            .setProvider(provider)
                            .build(password));
        }
        return ((PEMEncryptedKeyPair) key)
                .decryptKeyPair(
                        new JcePEMDecryptorProviderBuilder().setProvider(provider).build(password))
                .getPrivateKeyInfo();
    }
}
