/**
 * The destination: serves sessions of authenticated peers. {@code accept} routes each connection by
 * its first frame to a session of {@code push}, {@code lazy} or {@code migrate}, or to {@code
 * lanes}; this package only starts the destination and connects these parts. No part depends on it.
 */
package io.pageproxy.dest;
