/**
 * Where pages come in: the socket of a dumper that connects, that we start, or that has kept its
 * connection since an earlier session.
 */
package io.pageproxy.source.dumper;
