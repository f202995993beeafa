/**
 * Which peers are admitted: verification of a peer's certificate chain, revocation lists, the names
 * that the command line allows, and what happens to connected peers that are no longer admitted.
 *
 * <p>Depends on {@code certificate}.
 */
package io.pageproxy.peer;
