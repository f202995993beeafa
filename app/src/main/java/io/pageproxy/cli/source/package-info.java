/**
 * The commands {@code pageproxy source} and {@code pageproxy migrate}: parse options, build the
 * configuration and run the proxy.
 */
package io.pageproxy.cli.source;
