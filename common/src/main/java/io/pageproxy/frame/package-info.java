/**
 * The frames of the tunnel protocol, version 1, which the two proxies exchange inside TLS.
 * DESIGN.md contains the same byte diagrams. Depends on the types of the page stream and the
 * session, and on Netty.
 */
package io.pageproxy.frame;
