package io.pageproxy.certs;

import java.security.cert.X509CRL;
import java.time.Instant;

/**
 * The result of a revocation.
 *
 * @param crl the current list that contains it
 * @param at when the certificate was revoked
 * @param before whether it was already revoked, so that nothing was written
 */
public record Revoked(X509CRL crl, Instant at, boolean before) {}
