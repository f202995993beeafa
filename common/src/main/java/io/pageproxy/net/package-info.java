/**
 * Channels: the pipeline and events of the tunnel, reads into blocks, peer timeouts, adopted
 * descriptors. Depends on the frames and the session types; knows neither side.
 */
package io.pageproxy.net;
