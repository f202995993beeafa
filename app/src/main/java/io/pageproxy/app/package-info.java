/**
 * The command {@code pageproxy}: its root, the only place that exits the process, and its man
 * pages. May depend on every other package; nothing depends on it.
 */
package io.pageproxy.app;
