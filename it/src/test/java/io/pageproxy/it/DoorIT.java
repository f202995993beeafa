package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.certs.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connections that either side refuses, each for a different reason, without starting or creating
 * anything. OpenSSL is the peer, because pageproxy does not even start with most of these
 * certificates.
 */
class DoorIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int REFUSED = 3;
    private static final int PROTOCOL = 4;
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final List<String> ALPN = List.of("-alpn", "pageproxy/1");

    @RegisterExtension final Lab lab = new Lab();

    /** The fault of a peer, and its message at the destination and the source. */
    enum Fault {
        NO_CERTIFICATE("the peer has shown no certificate", null),
        SELF_SIGNED("is self-signed", "is self-signed"),
        ANOTHER_AUTHORITY("does not lead to a CA", "does not lead to a CA"),
        EXPIRED("expired at ", "expired at "),
        NOT_YET_VALID("is not valid before ", "is not valid before "),
        REVOKED("is revoked by its CA", "is revoked by its CA"),
        OF_THE_OTHER_SIDE("lacks clientAuth", "lacks serverAuth"),
        ANOTHER_NAME(
                "signed by the CA but not allowed",
                "is for DNS [other], IP [], URI [], not for 127.0.0.1"),
        NO_ALPN("does not speak pageproxy/1 (ALPN)", "does not speak pageproxy/1 (ALPN)"),
        ANOTHER_ALPN("does not speak pageproxy/1 (ALPN)", "does not speak pageproxy/1 (ALPN)"),
        OLD_TLS("does not offer TLS 1.3", "does not take TLS 1.3");

        private final String atDestination;
        private final String atSource;

        Fault(String atDestination, String atSource) {
            this.atDestination = atDestination;
            this.atSource = atSource;
        }

        /** Whether the fault concerns the protocol instead of the peer's identity. */
        boolean isOfProtocol() {
            return compareTo(NO_ALPN) >= 0;
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void destinationRefuses(Fault fault) throws IOException, PkiException {
        List<String> peer = options(fault, "source", "dest");
        CountedCriu criu = CountedCriu.of(CRIU, lab.folder("criu"));
        Command dest =
                lab.destIn(lab.images(), criu.program().toString(), "--once", "--crl", crl());
        int started = criu.count();

        Command caller = openssl("s_client", "-connect", Lab.address(dest), peer);
        caller.awaitExit();

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(dest.stderr()).contains(fault.atDestination));
        if (fault.isOfProtocol()) {
            assertThat(dest.stderr()).contains("reason=tunnel_protocol");
            assertThat(dest.isAlive()).as("--once waits for a session, not for that").isTrue();
        } else {
            assertThat(dest.stderr()).contains("reason=peer_not_trusted");
            assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(REFUSED);
        }
        assertThat(criu.count()).as("starts of CRIU").isEqualTo(started);
        assertThat(lab.images()).isEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NO_CERTIFICATE")
    void sourceRefuses(Fault fault) throws IOException, PkiException {
        List<String> peer = options(fault, "dest", "source");
        CountedCriu criu = CountedCriu.of(CRIU, lab.folder("criu"));
        peer.add("-www"); // else the end of its standard input would be its own
        Command source;
        try (Command listener = openssl("s_server", "-accept", "127.0.0.1:0", peer)) {
            String address = listener.awaitLine("ACCEPT ");
            String dumper = criu.program().toString();
            source = lab.source(address, "--crl", crl(), "--", dumper, "dump");
            source.awaitExit();
        }

        assertThat(source.awaitExit())
                .as(source::toString)
                .isEqualTo(fault.isOfProtocol() ? PROTOCOL : REFUSED);
        assertThat(source.stderr())
                .contains(fault.atSource)
                .contains(
                        "reason="
                                + (fault.isOfProtocol() ? "tunnel_protocol" : "peer_not_trusted"));
        assertThat(criu.count()).as("starts of the dumper").isZero();
    }

    private String crl() {
        return lab.pki().dir().resolve("crl.pem").toString();
    }

    private Command openssl(String command, String option, String address, List<String> peer) {
        List<String> words = new ArrayList<>(List.of("openssl", command, option, address));
        words.addAll(peer);
        return lab.start("openssl", words);
    }

    /** OpenSSL options of a peer with a fault. */
    private List<String> options(Fault fault, String side, String otherSide) throws PkiException {
        List<String> words = new ArrayList<>();
        if (fault != Fault.NO_CERTIFICATE) {
            words.addAll(certificate(fault, side, otherSide).options());
        }
        if (fault == Fault.ANOTHER_ALPN) {
            words.addAll(List.of("-alpn", "http/1.1"));
        } else if (fault != Fault.NO_ALPN) {
            words.addAll(ALPN);
        }
        if (fault == Fault.OLD_TLS) {
            words.add("-tls1_2");
        }
        return words;
    }

    private ForeignCertificate certificate(Fault fault, String side, String otherSide)
            throws PkiException {
        Pki pki = lab.pki();
        Path dir = lab.folder("foreign");
        return switch (fault) {
            case SELF_SIGNED -> ForeignCertificate.selfSigned(side, dir);
            case ANOTHER_AUTHORITY -> ForeignCertificate.inPki(Pki.create(dir), side);
            case EXPIRED -> ForeignCertificate.expired(pki, side, dir);
            case NOT_YET_VALID -> ForeignCertificate.notYetValid(pki, side, dir);
            case REVOKED -> ForeignCertificate.revoked(pki, side);
            case OF_THE_OTHER_SIDE -> ForeignCertificate.inPki(pki, otherSide);
            case ANOTHER_NAME -> ForeignCertificate.named(pki, "other");
            default -> ForeignCertificate.inPki(pki, side);
        };
    }
}
