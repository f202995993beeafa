/**
 * TLS contexts and handlers: TLS 1.3, mutual, by BoringSSL (netty-tcnative). Contexts are rebuilt
 * when their files change, and connected peers are checked again.
 *
 * <p>Depends on {@code certificate} and {@code peer}; knows nothing of sessions and frames.
 */
package io.pageproxy.tls;
