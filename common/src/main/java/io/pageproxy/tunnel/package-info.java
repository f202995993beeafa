/**
 * The tunnel between the two proxies on Netty: pipelines and the names of their handlers,
 * keepalive, reads into blocks, back-pressure, and the listener that a session implements.
 *
 * <p>Depends on the frames, TLS and the session's types; knows neither side.
 */
package io.pageproxy.tunnel;
