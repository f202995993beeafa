/**
 * The socket of a dumper: of one that connects, that we start, or that has kept its connection
 * since an earlier session.
 */
package io.pageproxy.source.dumper;
