package io.pageproxy.dest.lazy;

/**
 * What a lazy session serves.
 *
 * @param daemons where its lazy-pages daemon comes from
 * @param tree the tree whose memory it brings
 */
public record LazyTarget(LazyDaemons daemons, FedTree tree) {}
