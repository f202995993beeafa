/**
 * The tunnel's frames, version 1: what the two proxies say to each other inside TLS. DESIGN.md has
 * the same byte diagrams. Depends on the page stream's and the session's types, and on Netty.
 */
package io.pageproxy.frame;
