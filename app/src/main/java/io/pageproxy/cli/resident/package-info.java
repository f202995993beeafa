/**
 * The resident source: takes jobs at {@code --control} and runs their tasks with what they share.
 * Makes tasks of command lines, and events of what they print and log.
 */
package io.pageproxy.cli.resident;
