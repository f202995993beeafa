/**
 * Pages of this session that are on disk already, found and read back when a block refers to them.
 *
 * <p>Depends on {@code images}; reads run on workers, never on an event loop.
 */
package io.pageproxy.dest.references;
