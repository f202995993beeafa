/**
 * Transports and sockets: what turns addresses and descriptors into Netty channels. Depends on
 * Netty only.
 */
package io.pageproxy.net;
