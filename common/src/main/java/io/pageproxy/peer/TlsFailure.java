package io.pageproxy.peer;

import io.pageproxy.session.CloseReason;

/**
 * Why a TLS connection did not come about, or broke.
 *
 * @param reason the reason for exit code, metrics and logs
 * @param message what happened and what can be done, for people
 */
public record TlsFailure(CloseReason reason, String message) {}
