package io.pageproxy.source.push;

import io.pageproxy.codec.Compressors;
import io.pageproxy.source.adaptive.SharedLink;
import io.pageproxy.source.tunnel.LaneConnector;

/**
 * What all sessions of one source share. Thread-safe.
 *
 * @param connector connects the further lanes
 * @param compressors the pool that compresses blocks
 * @param link the link to the destination
 */
public record SharedResources(LaneConnector connector, Compressors compressors, SharedLink link) {}
