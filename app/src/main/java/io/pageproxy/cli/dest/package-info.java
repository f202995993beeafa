/** The command {@code pageproxy dest}: options in, a configuration out, the proxy run. */
package io.pageproxy.cli.dest;
