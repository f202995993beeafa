package io.pageproxy.tls;

import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pageproxy.peer.PeerRefusedException;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.SafeText;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Converts an exception from a handshake, read or write into a {@link TlsFailure}.
 *
 * <p>In TLS 1.3 the client's handshake completes before the server has seen its certificate. A
 * client that is refused learns so from an alert at its first read, so exceptions of reads must be
 * described here too.
 */
public final class TlsFailures {
    private static final String BOTH_ENDS = "; see that pageproxy is at both ends";

    private static final String ON_THE_WAY =
            "; none of it was used. Find out who or what is between the two hosts";

    /**
     * BoringSSL reports its errors only in messages; the first of these names that a message
     * contains decides.
     */
    private static final List<Sign> SIGNS =
            List.of(
                    refusal(
                            "CERTIFICATE_EXPIRED",
                            "it has expired by the peer's clock: renew --cert"),
                    refusal("CERTIFICATE_REVOKED", "by the peer's --crl it is revoked, or may be"),
                    refusal("UNKNOWN_CA", "its CA is not one of the peer's --ca"),
                    refusal(
                            "UNSUPPORTED_CERTIFICATE",
                            "it is not for this side: source needs clientAuth, dest serverAuth"),
                    refusal(
                            "BAD_CERTIFICATE",
                            "no --allow-* or --policy of the peer names it, or not the host that was"
                                    + " connected to"),
                    refusal("ACCESS_DENIED", "the peer does not allow it"),
                    refusal("CERTIFICATE_UNKNOWN", "the peer's log says why"),
                    refusal("CERTIFICATE_REQUIRED", "none was sent: give --cert and --key"),
                    new Sign(
                            "PEER_DID_NOT_RETURN_A_CERTIFICATE",
                            CloseReason.PEER_NOT_TRUSTED,
                            "the peer has shown no certificate; give it --cert and --key"),
                    new Sign(
                            "BAD_DECRYPT",
                            CloseReason.TUNNEL_PROTOCOL,
                            "what came from the peer was altered on the way" + ON_THE_WAY),
                    new Sign(
                            "BAD_RECORD_MAC",
                            CloseReason.TUNNEL_PROTOCOL,
                            "what reached the peer was altered on the way" + ON_THE_WAY),
                    new Sign(
                            "HTTP_REQUEST",
                            CloseReason.TUNNEL_PROTOCOL,
                            "the peer speaks HTTP, not TLS" + BOTH_ENDS),
                    new Sign(
                            "WRONG_VERSION_NUMBER",
                            CloseReason.TUNNEL_PROTOCOL,
                            "what the peer sent is not TLS" + BOTH_ENDS),
                    disagreement("UNSUPPORTED_PROTOCOL", "the peer does not offer TLS 1.3"),
                    disagreement("ALERT_PROTOCOL_VERSION", "the peer does not take TLS 1.3"),
                    disagreement(
                            "ALERT_HANDSHAKE_FAILURE",
                            "the peer found nothing in common with us (alert handshake_failure)"),
                    new Sign(
                            "NO_APPLICATION_PROTOCOL",
                            CloseReason.TUNNEL_PROTOCOL,
                            PeerTrustManager.OTHER_PROTOCOL),
                    disagreement("NO_SHARED_CIPHER", "the peer shares no cipher suite with us"),
                    disagreement("NO_SHARED_GROUP", "the peer shares no key agreement with us"));

    private TlsFailures() {}

    /**
     * Describes a failure, whichever end caused it.
     *
     * @param thrown the exception of the handshake's future or of a later read or write
     */
    public static TlsFailure describe(Throwable thrown) {
        return first(thrown, TlsFailures::ours)
                .or(() -> first(thrown, TlsFailures::byType))
                .or(() -> first(thrown, TlsFailures::byMessage))
                .orElseGet(
                        () ->
                                new TlsFailure(
                                        CloseReason.PEER_LOST,
                                        SafeText.name("TLS failed: " + FailureText.of(thrown))));
    }

    private static Optional<TlsFailure> first(
            Throwable thrown, Function<Throwable, Optional<TlsFailure>> reading) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .map(reading)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<TlsFailure> ours(Throwable t) {
        return t instanceof PeerRefusedException refused
                ? Optional.of(refused.failure())
                : Optional.empty();
    }

    private static Optional<TlsFailure> byType(Throwable t) {
        if (t instanceof NotSslRecordException) {
            return Optional.of(
                    new TlsFailure(
                            CloseReason.TUNNEL_PROTOCOL,
                            "what the peer sent is not TLS" + BOTH_ENDS));
        }
        if (t instanceof SslHandshakeTimeoutException) {
            return Optional.of(
                    new TlsFailure(
                            CloseReason.PEER_SILENT,
                            "the handshake was not done within --handshake-timeout ("
                                    + t.getMessage()
                                    + ")"));
        }
        if (t instanceof ClosedChannelException
                || t instanceof SslClosedEngineException
                || t instanceof SocketException
                || t instanceof NativeIoException) {
            return Optional.of(
                    new TlsFailure(
                            CloseReason.PEER_LOST,
                            "the connection ended without a word ("
                                    + FailureText.of(t)
                                    + "); see the peer's log"));
        }
        return Optional.empty();
    }

    private static Optional<TlsFailure> byMessage(Throwable t) {
        String message = String.valueOf(t.getMessage());
        return SIGNS.stream()
                .filter(sign -> message.contains(sign.name()))
                .findFirst()
                .map(sign -> new TlsFailure(sign.reason(), sign.message()));
    }

    private static Sign refusal(String alert, String why) {
        return new Sign(
                alert,
                CloseReason.REFUSED_BY_PEER,
                "the peer refused our certificate (alert "
                        + alert.toLowerCase(Locale.ROOT)
                        + "): "
                        + why);
    }

    private static Sign disagreement(String name, String message) {
        return new Sign(name, CloseReason.TUNNEL_PROTOCOL, message + BOTH_ENDS);
    }

    /** A name that occurs in BoringSSL's messages, and its meaning. */
    private record Sign(String name, CloseReason reason, String message) {}
}
