package io.pageproxy.source;

/**
 * Who knows whether the dump of a session has succeeded. CRIU says CLOSE even where its dump has
 * failed after the first pages, so that the pages are whole says nothing about it.
 */
enum DumpJudge {
    /** The dumper's exit code, since we have started it: the session waits for it. */
    EXIT_CODE,
    /** The migration that the session is a part of; the session is over without it. */
    MIGRATION,
    /** Nobody here: the dumper has connected, and its exit code is another's. */
    NOBODY
}
