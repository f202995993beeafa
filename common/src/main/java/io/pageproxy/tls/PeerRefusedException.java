package io.pageproxy.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.security.cert.CertificateException;

/**
 * We refuse the peer's certificate. Stackless, since any stranger can cause it; carries the reason
 * for our own log, while the peer hears the TLS alert that comes nearest.
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

    /** The form in which Netty hands the alert to BoringSSL; this is its cause. */
    OpenSslCertificateException withAlert() {
        return new OpenSslCertificateException(getMessage(), this, verifyError(kind));
    }

    /** BoringSSL turns these into alerts in {@code SSL_alert_from_verify_result}. */
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
