/**
 * The destination's part of {@code migrate --dry-run}: what can be known of a migration before
 * anything is created for it. May depend on {@code dest.migrate}, {@code dest.restore}, {@code
 * dest.policy} and {@code dest.session}.
 */
package io.pageproxy.dest.foresight;
