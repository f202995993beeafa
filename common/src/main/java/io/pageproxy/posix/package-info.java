/**
 * Calls of the operating system that the JDK does not offer, by JNA: descriptors, sockets between
 * processes, pseudo terminals, limits, capabilities and the page cache.
 *
 * <p>Depends on the JDK and JNA.
 */
package io.pageproxy.posix;
