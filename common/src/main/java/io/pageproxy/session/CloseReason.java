package io.pageproxy.session;

/**
 * Why a session ended: the label in metrics and logs, the word on the wire, and the source of the
 * exit code. Each reason has the same exit code on both sides.
 */
public enum CloseReason {
    COMPLETED("completed", 0, "images whole and durable, the dumper told so and done"),
    PAGES_COMPLETE("pages_complete", 0, "the same, but whether the dump succeeded is not known"),

    PROBED("probed", 0, "no session: a peer asked whether it could have one"),
    STOPPED_IDLE("stopped_idle", 0, "told to stop while no dumper was there"),
    LOCAL_FAILURE("local_failure", 1, "something on this host failed"),
    SHUTDOWN("shutdown", 1, "the proxy was told to stop"),

    PEER_NOT_TRUSTED("peer_not_trusted", 3, "the peer is not who it must be"),
    REFUSED_BY_PEER("refused_by_peer", 3, "the peer does not trust or allow this side"),
    LIMIT_EXCEEDED("limit_exceeded", 3, "more than the destination allows"),
    SESSION_NOT_ALLOWED("session_not_allowed", 3, "the peer may not use that session's name"),

    DUMPER_PROTOCOL("dumper_protocol", 4, "the dumper broke the page-server protocol"),
    DUMPER_LOST("dumper_lost", 4, "the dumper left before the end of its stream"),
    DUMP_FAILED("dump_failed", 4, "the dump failed by itself"),
    TUNNEL_PROTOCOL("tunnel_protocol", 4, "the peer broke the tunnel's protocol"),
    CHECKSUM_MISMATCH("checksum_mismatch", 4, "what arrived differs from what was sent"),
    INCOMPATIBLE_HOSTS("incompatible_hosts", 4, "page size or architecture differ"),
    SESSION_INVALID("session_invalid", 4, "the session's or parent's name cannot be used"),

    IMAGES_DIR_REFUSED("images_dir_refused", 5, "the images folder cannot be used"),
    PAGE_SERVER_FAILED("page_server_failed", 5, "the page server failed"),
    IMAGES_NOT_WHOLE("images_not_whole", 5, "the images do not hold what the stream carried"),
    NO_SPACE("no_space", 5, "the destination ran out of space"),
    RESTORE_NOT_ALLOWED("restore_not_allowed", 3, "the destination restores nothing for the peer"),
    RESTORE_FAILED("restore_failed", 5, "the destination could not restore the tree"),

    NOT_CONVERGED("not_converged", 7, "the downtime would be longer than is allowed"),

    UNREACHABLE("unreachable", 6, "the peer could not be reached"),
    PEER_LOST("peer_lost", 6, "the tunnel broke"),
    PEER_SILENT("peer_silent", 6, "the peer fell silent"),
    SESSION_TIMEOUT("session_timeout", 6, "the session took longer than it may");

    private final String label;
    private final int exitCode;
    private final String meaning;

    CloseReason(String label, int exitCode, String meaning) {
        this.label = label;
        this.exitCode = exitCode;
        this.meaning = meaning;
    }

    /** The label in metrics, logs, summaries and on the wire. */
    public String label() {
        return label;
    }

    /** The exit code as documented for operators. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether the images are complete and the dumper has been told so. */
    public boolean isGood() {
        return this == COMPLETED || this == PAGES_COMPLETE;
    }

    /** A short description. */
    public String meaning() {
        return meaning;
    }

    /**
     * Returns the reason with a label.
     *
     * @return {@link #TUNNEL_PROTOCOL} for an unknown label
     */
    public static CloseReason ofLabel(String label) {
        for (CloseReason reason : values()) {
            if (reason.label.equals(label)) {
                return reason;
            }
        }
        return TUNNEL_PROTOCOL;
    }
}
