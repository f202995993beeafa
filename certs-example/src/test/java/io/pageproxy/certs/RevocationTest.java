package io.pageproxy.certs;

import static io.pageproxy.certs.PkiTestKit.certificate;
import static io.pageproxy.certs.PkiTestKit.crl;
import static io.pageproxy.certs.PkiTestKit.listing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509CRL;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevocationTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    @TempDir Path dir;

    @BeforeEach
    void create() throws PkiException {
        ExamplePki.create(dir, new InitOptions(SubjectAltNames.NONE, 90), clock(0));
    }

    private static Clock clock(long days) {
        return Clock.fixed(START.plus(days, ChronoUnit.DAYS), ZoneOffset.UTC);
    }

    private X509CRL crlFile() throws Exception {
        return crl(dir.resolve("crl.pem"));
    }

    @Test
    void laterRevocationKeepsEarlierOneAndItsDate() throws Exception {
        ExamplePki.open(dir, clock(1)).revoke("source");
        ExamplePki.open(dir, clock(2)).revoke("dest");
        X509CRL crl = crlFile();
        assertThat(crl.getRevokedCertificates()).hasSize(2);
        assertThat(crl.getRevokedCertificate(certificate(dir.resolve("source.pem"))))
                .returns(Date.from(clock(1).instant()), entry -> entry.getRevocationDate());
        assertThat(crl.getRevokedCertificate(certificate(dir.resolve("dest.pem"))))
                .returns(Date.from(clock(2).instant()), entry -> entry.getRevocationDate());
        assertThat(new CrlInfo(dir, crl).number()).isEqualTo(3);
        crl.verify(certificate(dir.resolve("ca.pem")).getPublicKey());
        assertThat(listing(dir)).hasSize(7).containsEntry("crl.pem", "rw-r--r--");
    }

    @Test
    void revokingTwiceKeepsCrlAndReturnsFirstDate() throws Exception {
        ExamplePki.open(dir, clock(1)).revoke("source");
        String first = Files.readString(dir.resolve("crl.pem"));
        Revoked again = ExamplePki.open(dir, clock(5)).revoke("source");
        assertThat(again.before()).isTrue();
        assertThat(again.at()).isEqualTo(clock(1).instant());
        assertThat(dir.resolve("crl.pem")).hasContent(first);
        assertThat(listing(dir)).hasSize(7);
    }

    @Test
    void everyNewCrlHasSameValidityPeriod() throws Exception {
        assertThat(crlFile().getNextUpdate()).isEqualTo(Date.from(clock(90).instant()));
        ExamplePki.open(dir, clock(10)).revoke("source");
        assertThat(crlFile().getNextUpdate()).isEqualTo(Date.from(clock(100).instant()));
        ExamplePki.open(dir, clock(20)).renewCrl();
        X509CRL renewed = crlFile();
        assertThat(renewed.getNextUpdate()).isEqualTo(Date.from(clock(110).instant()));
        assertThat(renewed.getRevokedCertificates()).hasSize(1);
        assertThat(new CrlInfo(dir, renewed).number()).isEqualTo(3);
    }

    @Test
    void secondWriterIsRefusedWhileTheCrlIsLocked() throws Exception {
        ExamplePki pki = ExamplePki.open(dir);
        Path lock = Files.createFile(dir.resolve("crl.pem.lock"));
        assertThatThrownBy(() -> pki.revoke("source"))
                .hasMessageContaining("crl.pem.lock: exists, so another command is changing");
        assertThat(lock).exists();
        assertThat(crlFile().getRevokedCertificates()).isNull();
    }

    @Test
    void refusesUnknownNameForeignCertificateAndForeignCrl(@TempDir Path other) throws Exception {
        ExamplePki pki = ExamplePki.open(dir);
        assertThatThrownBy(() -> pki.revoke("nobody"))
                .hasMessageContaining("nobody.pem: no such file");
        ExamplePki.create(other, InitOptions.defaults());
        Files.copy(other.resolve("dest.pem"), dir.resolve("foreign.pem"));
        assertThatThrownBy(() -> pki.revoke("foreign"))
                .hasMessageContaining("foreign.pem: not issued by");
        Files.copy(
                other.resolve("crl.pem"),
                dir.resolve("crl.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> pki.revoke("dest")).hasMessageContaining("crl.pem: not signed by");
        Files.delete(dir.resolve("crl.pem"));
        assertThatThrownBy(() -> pki.revoke("dest")).hasMessageContaining("crl.pem: no such file");
        assertThat(dir.resolve("crl.pem.lock")).doesNotExist();
    }
}
