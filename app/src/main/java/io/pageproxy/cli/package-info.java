/**
 * Shared parts of the commands: options, converters, logging, the summary, and termination by
 * signals. The only package of this module that uses picocli; the {@code cli} packages of the two
 * sides build on it.
 */
package io.pageproxy.cli;
