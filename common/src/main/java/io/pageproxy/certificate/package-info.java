/**
 * Certificates, keys and names: PEM files read and checked, the certificate chain of this side, the
 * certificate authorities that it trusts, and host names compared with certificates.
 *
 * <p>Depends on {@code text}, {@code posix}, the JDK and BouncyCastle.
 */
package io.pageproxy.certificate;
