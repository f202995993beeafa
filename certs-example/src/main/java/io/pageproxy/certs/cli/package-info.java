/**
 * The commands {@code pageproxy certs init | issue | revoke | show}: they parse, call {@link
 * io.pageproxy.certs} and print. Errors of use are picocli's, exit 2; a {@link
 * io.pageproxy.certs.PkiException} is one line on standard error, exit 1.
 *
 * <p>May depend on io.pageproxy.certs and picocli.
 */
package io.pageproxy.certs.cli;
