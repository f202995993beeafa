/**
 * Mutual authentication of the two proxies: loading certificates and keys, building TLS contexts,
 * verifying peers, and explaining failures.
 *
 * <p>All connections use mutual TLS 1.3 by BoringSSL (netty-tcnative); certificates are verified
 * with the JDK's PKIX implementation. {@link io.pageproxy.tls.TlsMaterial} reads the files, {@link
 * io.pageproxy.tls.TlsContexts} builds contexts from them, {@link
 * io.pageproxy.tls.ReloadingTlsContexts} keeps these up to date, and {@link
 * io.pageproxy.tls.TlsHandlers} creates handlers for pipelines.
 *
 * <p>May depend on the JDK, Netty, BouncyCastle and slf4j; on no other package of this project.
 */
package io.pageproxy.tls;
