package io.pageproxy.dest.lazy;

/**
 * What a lazy session serves.
 *
 * @param daemons provides its lazy-pages daemon
 * @param tree the tree whose memory it transports
 */
public record LazyTarget(LazyDaemons daemons, FedTree tree) {}
