/** Where pages go out: the page server, its start, its socket and its record layout. */
package io.pageproxy.dest.pageserver;
