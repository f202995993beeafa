/** Connections to the destination, which carry the pages. */
package io.pageproxy.source.tunnel;
