/**
 * Push sessions of the source: a dumper's page stream goes to the destination as it comes.
 *
 * <pre>
 *  dumper --> SourceSession --> BlockSender -----------------------------------> SourceLanes
 *             (decides)         (deduplicates, compresses, keeps the order)      (sends)
 * </pre>
 *
 * Depends on the dumper's socket, the connections to the destination, and adaptive compression;
 * knows neither {@code SourceProxy} nor lazy sessions.
 */
package io.pageproxy.source.push;
