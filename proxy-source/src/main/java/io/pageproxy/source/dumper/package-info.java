/** Where pages come in: the dumper's socket, by a listener or by a child that we start. */
package io.pageproxy.source.dumper;
