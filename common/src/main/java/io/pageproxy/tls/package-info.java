/**
 * Who the two proxies are to each other: certificates and keys from files, the TLS contexts made of
 * them, what a peer must show to be let in, and words for what went wrong.
 *
 * <p>Everything here is TLS 1.3, mutual, by BoringSSL (netty-tcnative); certificates are judged by
 * the JDK's PKIX. Files are read by {@link io.pageproxy.tls.TlsMaterial}, turned into contexts by
 * {@link io.pageproxy.tls.TlsContexts}, kept fresh by {@link
 * io.pageproxy.tls.ReloadingTlsContexts}, and handed to pipelines by {@link
 * io.pageproxy.tls.TlsHandlers}.
 *
 * <p>May depend on the JDK, Netty, BouncyCastle and slf4j; on no other package of this project.
 */
package io.pageproxy.tls;
