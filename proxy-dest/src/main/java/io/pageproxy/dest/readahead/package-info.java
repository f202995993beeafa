/**
 * Reads pages of a lazy session ahead: asks the source for them before the lazy-pages daemon does,
 * and keeps them until it does.
 *
 * <p>{@link io.pageproxy.dest.readahead.LazyImages} finds out which pages the source has. Knows
 * neither sessions nor daemons; of this side, depends on {@code dest.pagemap} only.
 */
package io.pageproxy.dest.readahead;
