/**
 * The command {@code pageproxy dest}: parses options, builds the configuration and runs the proxy.
 */
package io.pageproxy.cli.dest;
