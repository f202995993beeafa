/**
 * The source's part of {@code migrate --dry-run}: what a tree needs of the host where it is
 * restored, and what CRIU would refuse to dump of it, found in /proc without stopping a task. May
 * depend on {@code source.migrate.dump}.
 */
package io.pageproxy.source.foresight;
