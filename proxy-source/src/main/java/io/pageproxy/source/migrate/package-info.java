/**
 * A whole migration: pages, the other images, the restore, and only then the end of the source's
 * copy. It stands on top of the source's sessions, which know nothing of it.
 */
package io.pageproxy.source.migrate;
