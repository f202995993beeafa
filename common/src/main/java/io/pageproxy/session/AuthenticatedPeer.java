package io.pageproxy.session;

/**
 * Who was at the other end of a session, and what its tunnel was made of.
 *
 * @param name as its certificate says, made safe to show
 * @param cipherSuite of TLS, such as {@code TLS_AES_128_GCM_SHA256}
 * @param keyAgreement of TLS, such as {@code X25519MLKEM768}
 */
public record AuthenticatedPeer(String name, String cipherSuite, String keyAgreement) {}
