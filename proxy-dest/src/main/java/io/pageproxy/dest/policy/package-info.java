/**
 * What each peer may: read from a file of YAML, checked against its JSON schema, and held by
 * sessions while they run. The only package that knows YAML. Depends on {@code session} and {@code
 * tls} only.
 */
package io.pageproxy.dest.policy;
