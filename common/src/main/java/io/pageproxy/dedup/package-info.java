/**
 * Each page once: pages of a block that are all zero, or equal to pages sent before, are replaced
 * by references. Depends on the page stream and on the layout of frames.
 */
package io.pageproxy.dedup;
