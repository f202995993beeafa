/**
 * Restores a process tree by {@code criu restore} and holds it until the migration says whether it
 * runs. Knows no session class.
 */
package io.pageproxy.dest.restore;
