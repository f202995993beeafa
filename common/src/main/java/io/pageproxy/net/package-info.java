/**
 * Addresses, event loops, and sockets that another process handed over as descriptors.
 *
 * <p>Depends on Netty.
 */
package io.pageproxy.net;
