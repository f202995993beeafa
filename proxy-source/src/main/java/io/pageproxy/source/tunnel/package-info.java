/** Where pages go out: the connection to the destination. */
package io.pageproxy.source.tunnel;
