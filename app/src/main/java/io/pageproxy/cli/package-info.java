/**
 * What the commands share: arguments and config file, reports of sessions, log encoding, the end by
 * a signal. The packages below it hold one command each.
 */
package io.pageproxy.cli;
