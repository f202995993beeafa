package io.pageproxy.source;

import io.pageproxy.dedup.PageDeduplicator;

/**
 * What the source knows of the sessions of a chain that have arrived, for the next one to build on.
 *
 * @param pages what they sent of late; whoever holds this closes it
 * @param pageCount how many pages they all had
 */
record SentSessions(PageDeduplicator pages, long pageCount) {}
