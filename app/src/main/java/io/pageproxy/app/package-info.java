/**
 * The command {@code pageproxy}: its root, and the one place that exits. It may depend on every
 * other package; nothing depends on it.
 */
package io.pageproxy.app;
