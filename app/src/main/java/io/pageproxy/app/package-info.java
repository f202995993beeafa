/**
 * The command {@code pageproxy}: its root, and the only place that exits the process. May depend on
 * every other package; nothing depends on it.
 */
package io.pageproxy.app;
