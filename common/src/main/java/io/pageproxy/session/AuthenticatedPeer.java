package io.pageproxy.session;

/**
 * The authenticated peer of a session and the parameters of its tunnel.
 *
 * @param name its name from the certificate, sanitised
 * @param cipherSuite of TLS, such as {@code TLS_AES_128_GCM_SHA256}
 * @param keyAgreement of TLS, such as {@code X25519MLKEM768}
 */
public record AuthenticatedPeer(String name, String cipherSuite, String keyAgreement) {}
