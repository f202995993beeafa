/**
 * Files of the tree that moves: folders that the source's rsync copies to an rsync daemon of ours,
 * each confined to the one folder that the source has named and the operator allows. Knows nothing
 * of migrations but what they tell it.
 */
package io.pageproxy.dest.sync;
