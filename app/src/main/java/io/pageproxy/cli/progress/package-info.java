/**
 * Progress on a terminal: one line that everything else printed replaces, and what it says. Nothing
 * is shown where standard error is no terminal. Children that we start write to a terminal of their
 * own, through which their output keeps clear of the line. May depend on the sessions' figures, not
 * on picocli; the only package that uses JLine.
 */
package io.pageproxy.cli.progress;
