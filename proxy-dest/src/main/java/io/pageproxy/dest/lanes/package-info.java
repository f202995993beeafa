/**
 * Lanes: the connections that carry the blocks of one push session, and how several of them become
 * one stream again, in order and within bounds.
 */
package io.pageproxy.dest.lanes;
