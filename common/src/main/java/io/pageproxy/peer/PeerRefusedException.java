package io.pageproxy.peer;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.pageproxy.session.CloseReason;
import java.security.cert.CertificateException;

/**
 * This side refuses the peer. Stackless, since any stranger can cause it; carries the reason for
 * this side's log, while the peer is sent the nearest TLS alert.
 */
public final class PeerRefusedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final CloseReason reason;
    private final int verifyError;

    /**
     * A refusal of the peer's certificate.
     *
     * @param verifyError one of {@code CertificateVerifier}; BoringSSL turns it into an alert in
     *     {@code SSL_alert_from_verify_result}
     */
    public PeerRefusedException(int verifyError, String message) {
        this(CloseReason.PEER_NOT_TRUSTED, verifyError, message);
    }

    public PeerRefusedException(CloseReason reason, int verifyError, String message) {
        super(message);
        this.reason = reason;
        this.verifyError = verifyError;
    }

    public TlsFailure failure() {
        return new TlsFailure(reason, getMessage());
    }

    /** The form in which Netty hands the alert to BoringSSL; this exception is its cause. */
    public OpenSslCertificateException withAlert() {
        return new OpenSslCertificateException(getMessage(), this, verifyError);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
