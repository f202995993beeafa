/**
 * Lazy sessions: a lazy-pages daemon that we start asks the source for pages through the tunnel.
 */
package io.pageproxy.dest.lazy;
