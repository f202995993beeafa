/**
 * The destination's side of {@code migrate}: the connection that carries a migration's files and
 * its commit, the restore that is paused until the source commits, and the promise that at most one
 * copy of the tree ever runs.
 *
 * <p>{@link io.pageproxy.dest.migrate.AttachHandler} begins a {@code MigrationSession}; a {@code
 * PushCommit} or {@code LazyCommit} knows what differs between the two kinds of migration. The
 * {@link io.pageproxy.dest.migrate.MigrationRegistry} is how sessions of pages and repeated commits
 * find their migration. May depend on {@code dest.restore}, {@code dest.lazy}, {@code dest.images},
 * {@code dest.policy} and {@code dest.session}.
 */
package io.pageproxy.dest.migrate;
