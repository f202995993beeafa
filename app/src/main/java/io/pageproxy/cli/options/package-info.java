/**
 * Groups of options and converters of option values that several commands share.
 *
 * <p>Depends on picocli and on the records that the options become.
 */
package io.pageproxy.cli.options;
