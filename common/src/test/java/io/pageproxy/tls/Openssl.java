package io.pageproxy.tls;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.tls.TestPki.Issued;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A CA run by the openssl program, for certificates and keys as operators create them by hand. */
final class Openssl {
    /** Values of {@code -newkey}. */
    static final String RSA = "rsa:2048";

    static final String EC = "ec -pkeyopt ec_paramgen_curve:prime256v1";

    private final Path dir;
    private final String issuer;

    /** Creates a root CA with a key of the given kind. */
    Openssl(Path dir, String newKey) throws Exception {
        this.dir = dir;
        this.issuer = "root";
        run(
                "req -x509 -newkey "
                        + newKey
                        + " -nodes -keyout root.key -out root.pem -subj /CN=root");
        Files.writeString(
                dir.resolve("ca.ext"),
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n");
    }

    private Openssl(String issuer, Path dir) {
        this.dir = dir;
        this.issuer = issuer;
    }

    /** Runs openssl in the folder; arguments are split at spaces. */
    void run(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process =
                new ProcessBuilder(command)
                        .directory(dir.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + said);
        }
    }

    Path file(String name) {
        return dir.resolve(name);
    }

    /**
     * Creates an intermediate CA of this one; {@code newKey} is an openssl {@code -newkey} value.
     */
    Openssl intermediate(String name, String newKey) throws Exception {
        request(name, newKey, "/CN=" + name);
        sign(name, "ca.ext", "-sha256");
        return new Openssl(name, dir);
    }

    /** Issues a host certificate as NAME.pem and NAME.key, which only the owner can read. */
    void issue(String name, String subject, String names, String options) throws Exception {
        request(name, EC, subject);
        Files.writeString(dir.resolve(name + ".ext"), names);
        sign(name, name + ".ext", options);
    }

    private void request(String name, String newKey, String subject) throws Exception {
        run(
                "req -new -newkey "
                        + newKey
                        + " -nodes -keyout "
                        + name
                        + ".key -out "
                        + name
                        + ".csr -subj "
                        + subject);
        Files.setPosixFilePermissions(
                dir.resolve(name + ".key"), PosixFilePermissions.fromString("rw-------"));
    }

    private void sign(String name, String extensions, String options) throws Exception {
        run(
                "x509 -req -in "
                        + name
                        + ".csr -CA "
                        + issuer
                        + ".pem -CAkey "
                        + issuer
                        + ".key -CAcreateserial -days 2 -out "
                        + name
                        + ".pem -extfile "
                        + extensions
                        + " "
                        + options);
    }

    X509Certificate certificate(String name) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(
                                        Files.readAllBytes(dir.resolve(name + ".pem"))));
    }

    /** The issued key and chain for a {@link TestPeers} peer; the key must be EC. */
    Issued issued(String name, String... above) throws Exception {
        List<X509Certificate> chain = new ArrayList<>(List.of(certificate(name)));
        for (String issuerName : above) {
            chain.add(certificate(issuerName));
        }
        String pem = Files.readString(dir.resolve(name + ".key"));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]*-----", ""));
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        return new Issued(new KeyPair(chain.get(0).getPublicKey(), key), chain);
    }

    /** Files of a side that uses NAME.pem and trusts ROOT.pem. */
    TlsFiles files(String name) {
        return new TlsFiles(
                dir.resolve(name + ".pem"),
                dir.resolve(name + ".key"),
                dir.resolve("root.pem"),
                java.util.Optional.empty(),
                java.util.Optional.empty());
    }
}
