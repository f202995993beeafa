package io.pageproxy.certs;

import java.security.cert.X509CRL;
import java.time.Instant;

/**
 * A revocation.
 *
 * @param crl the list that holds it, as crl.pem now has it
 * @param at when the certificate was revoked
 * @param before whether it had been revoked before, so that nothing was written
 */
public record Revoked(X509CRL crl, Instant at, boolean before) {}
