/**
 * Channels: the tunnel's pipeline and its events, reads into blocks, silence of a peer, adopted
 * descriptors. Depends on the frames and the session's types; knows neither side.
 */
package io.pageproxy.net;
