/**
 * Source side of a migration: pages, the other images, the restore, and only then the end of the
 * source's copy. {@link io.pageproxy.source.migrate.Migration} drives it through {@link
 * io.pageproxy.source.migrate.MigrationPhase}. Built on the source's sessions, which know nothing
 * of it.
 */
package io.pageproxy.source.migrate;
