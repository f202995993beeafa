/**
 * Adaptive compression: selects the compression level of each block by what the link and the
 * processors do ({@code --codec auto}).
 *
 * <pre>
 *  SourceLanes -> LinkMeter -> SharedLink.seenBy -> LinkMetrics   the link's pace and who limits the stream
 *                                                       |
 *  block -> CompressibilitySampler -> kind   LinkCost (nanoseconds that a coded byte is worth)
 *                    |                            |
 *                LevelCosts            LevelRange + ThroughputExperiment (levels that come into question)
 *                    +-------- AdaptiveCompression --------+ -> CompressionLevel
 *                                     |
 *                                LinkHistory (for the next session)
 * </pre>
 *
 * All constants, with units and reasons, are in {@link io.pageproxy.source.adaptive.Tuning}.
 * Depends on the levels and their selector interface in {@code common} only; the session and its
 * lanes use it.
 */
package io.pageproxy.source.adaptive;
