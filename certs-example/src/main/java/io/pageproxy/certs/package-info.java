/**
 * The example PKI: a small certificate authority in a folder, for trying pageproxy out, for tests
 * and for those who have no PKI of their own.
 *
 * <p>{@link io.pageproxy.certs.ExamplePki} makes, issues and revokes; {@link
 * io.pageproxy.certs.PkiInspection} reads what is there. Every certificate is P-256 ECDSA with
 * SHA-256, which both the JDK and BoringSSL take. Keys are made by the JDK's own provider;
 * BouncyCastle builds the certificates and reads PEM.
 *
 * <p>May depend on BouncyCastle and netty-common (address literals); knows nothing of picocli, of
 * the proxies or of TLS.
 */
package io.pageproxy.certs;
