/**
 * The command {@code pageproxy check} and dry runs: verifies everything that can be known before a
 * task is frozen. Each check returns findings, printed one per line. May depend on both sides;
 * starts no session.
 */
package io.pageproxy.cli.check;
