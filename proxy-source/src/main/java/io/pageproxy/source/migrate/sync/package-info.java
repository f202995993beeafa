/**
 * Files of the tree that moves: rsync copies each folder while the tree runs, and once more while
 * it is frozen, over connections of the migration to an rsync daemon at the destination.
 */
package io.pageproxy.source.migrate.sync;
