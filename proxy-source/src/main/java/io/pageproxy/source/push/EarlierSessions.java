package io.pageproxy.source.push;

import io.pageproxy.dedup.PageDeduplicator;

/**
 * What the source knows about the completed sessions of a chain, for the next one to build on.
 *
 * @param pages the pages that they sent last; the holder of this record closes it
 * @param pageCount how many pages they carried in total
 */
public record EarlierSessions(PageDeduplicator pages, long pageCount) {}
