/** The page server of a session: how it is found and started, its socket and its record layout. */
package io.pageproxy.dest.pageserver;
