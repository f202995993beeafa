package io.pageproxy.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.security.cert.CertificateException;

/**
 * Signals that this side refuses the peer's certificate. Stackless, because any unauthenticated
 * peer can cause it. Carries the full reason for our own log; the peer only receives the closest
 * TLS alert.
 */
final class PeerRefusedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final TlsFailure.Kind kind;

    PeerRefusedException(TlsFailure.Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    TlsFailure failure() {
        return new TlsFailure(kind, getMessage());
    }

    /** Wraps this exception in the type from which Netty derives the TLS alert for BoringSSL. */
    OpenSslCertificateException withAlert() {
        return new OpenSslCertificateException(getMessage(), this, verifyError(kind));
    }

    /**
     * Verification errors that BoringSSL maps to alerts in {@code SSL_alert_from_verify_result}.
     */
    private static int verifyError(TlsFailure.Kind kind) {
        return switch (kind) {
            case PEER_UNTRUSTED -> CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
            case PEER_EXPIRED -> CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
            case PEER_REVOKED -> CertificateVerifier.X509_V_ERR_CERT_REVOKED;
            case WRONG_PURPOSE -> CertificateVerifier.X509_V_ERR_INVALID_PURPOSE;
            case NO_COMMON_PROTOCOL -> CertificateVerifier.X509_V_ERR_APPLICATION_VERIFICATION;
            default -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
        };
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
