/**
 * Permissions of peers: read from a YAML file, checked against its JSON schema, and enforced for
 * sessions. The only package that uses the YAML library. Depends only on {@code session} and {@code
 * tls}.
 */
package io.pageproxy.dest.policy;
