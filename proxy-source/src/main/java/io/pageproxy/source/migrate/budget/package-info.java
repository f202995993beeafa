/**
 * How long the tree of a migration may be down: predicts the last freeze, decides about further
 * rounds, and throttles the tree if they do not shrink. Knows neither CRIU nor the destination.
 */
package io.pageproxy.source.migrate.budget;
