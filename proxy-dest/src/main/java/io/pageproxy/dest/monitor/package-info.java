/**
 * Privilege separation: the process that speaks to the network has an ordinary user's rights, and
 * its parent, the monitor, runs CRIU for it.
 *
 * <p>{@code RestoreMonitor} answers the child's {@code MonitorMessage}s on copies of images that
 * {@code Staging} makes, and {@code MonitorLink} is the child's side. The monitor uses neither
 * Netty nor TLS. May depend on {@code dest.restore} and {@code dest.lazy}.
 */
package io.pageproxy.dest.monitor;
