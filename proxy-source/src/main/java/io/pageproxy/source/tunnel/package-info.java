/** Where pages go out: connections to the destination. */
package io.pageproxy.source.tunnel;
