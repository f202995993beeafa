/**
 * The commands {@code pageproxy certs init | issue | revoke | show}: they parse options, call
 * {@link io.pageproxy.certs} and print the result. Usage errors exit with 2; a {@link
 * io.pageproxy.certs.PkiException} is printed as one line on standard error and exits with 1.
 *
 * <p>May depend on io.pageproxy.certs, io.pageproxy.cli.options and picocli.
 */
package io.pageproxy.cli.certs;
