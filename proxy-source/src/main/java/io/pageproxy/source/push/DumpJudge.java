package io.pageproxy.source.push;

/**
 * Who knows whether the dump of a session has succeeded. CRIU sends CLOSE even if its dump fails
 * after the first pages, so a complete page stream does not prove a complete dump.
 */
public enum DumpJudge {
    /** The exit status of the dumper, which we have started: the session waits for it. */
    EXIT_CODE,

    /** The migration that the session belongs to; the session ends without waiting for it. */
    MIGRATION,

    /** Nobody here: the dumper has connected, and somebody else sees its exit status. */
    NOBODY
}
