/** The command {@code pageproxy source}: options in, a configuration out, the proxy run. */
package io.pageproxy.cli.source;
