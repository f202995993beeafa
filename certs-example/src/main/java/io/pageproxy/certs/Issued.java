package io.pageproxy.certs;

import java.nio.file.Path;
import java.security.cert.X509Certificate;

/**
 * A newly issued certificate and its files.
 *
 * @param certificateFile PEM, 0644
 * @param keyFile PEM, PKCS#8, 0600
 */
public record Issued(X509Certificate certificate, Path certificateFile, Path keyFile) {}
