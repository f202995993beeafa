/**
 * Lazy sessions: a lazy-pages daemon that we start asks the source for pages through the tunnel.
 *
 * <p>{@code LazySessions} begins a {@code LazyDestSession}, whose states {@code LazyDestState}
 * draws; {@code LazyPageTraffic} transports its requests and pages. Daemons are our children
 * ({@code ChildDaemons}), children that start when the images of their migration have arrived
 * ({@code AttachedDaemons}), or the operator's ({@code ListenedDaemons}). May depend on {@code
 * dest.readahead} and {@code dest.session}.
 */
package io.pageproxy.dest.lazy;
