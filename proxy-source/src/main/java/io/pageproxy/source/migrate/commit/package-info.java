/**
 * Connections of a migration besides those of its pages: they bring the images as files, and on
 * them the two sides agree whose copy of the tree runs.
 */
package io.pageproxy.source.migrate.commit;
