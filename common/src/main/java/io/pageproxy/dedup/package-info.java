/**
 * Deduplication: zero pages, and pages that equal pages sent before, are replaced by references.
 * Depends on the page stream and on the layout of frames.
 */
package io.pageproxy.dedup;
