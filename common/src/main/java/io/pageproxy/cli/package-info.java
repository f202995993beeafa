/**
 * What the commands share: options, converters, logging, the summary, the end by a signal. The only
 * package of this module that knows picocli; the sides' {@code cli} packages build on it.
 */
package io.pageproxy.cli;
