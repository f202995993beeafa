/**
 * Accepts connections of sources: the port, the limits on connections that belong to no session
 * yet, and the router that reads the first frame of a connection and hands it over to a session. It
 * knows no session class; {@link io.pageproxy.dest.accept.Routes} names what serves each frame.
 */
package io.pageproxy.dest.accept;
