/**
 * The command {@code pageproxy check}: verifies everything a proxy needs before a task is frozen.
 * Each check returns findings, printed one per line. May depend on both sides; starts no session.
 */
package io.pageproxy.app.check;
