package io.pageproxy.pagestream;

/**
 * The commands that a dumper sends in CRIU's page-server protocol, and the length of the reply that
 * it waits for. Source: {@code criu/page-xfer.c} ({@code PS_IOV_*}).
 *
 * <p>The commands of CRIU before 3.0 (ADD 1, HOLE 2, OPEN 3) and of the lazy direction (GET 7) are
 * not listed: a push session does not use them, so they are refused.
 */
public enum PageCommand {
    /** Opens the images of one process or shared memory object; answered by has_parent. */
    OPEN2(4, 1),
    /** Queries whether a parent image exists; answered by an int32. */
    PARENT(5, 4),
    /** A range of pages; with {@link PageFlags#PRESENT} their content follows. */
    ADD_F(6, 0),
    /** End of the stream from a dumper with its own TCP connection; answered by an int32 status. */
    CLOSE(0x1023, 4),
    /** End of the stream from a dumper on {@code --ps-socket}; answered by an int32 status. */
    FORCE_CLOSE(0x1024, 4);

    private final int code;
    private final int answerBytes;

    PageCommand(int code, int answerBytes) {
        this.code = code;
        this.answerBytes = answerBytes;
    }

    /** The number on the wire: the low 16 bits of a record's first word. */
    public int code() {
        return code;
    }

    /** Length of the reply that the dumper waits for; 0 if there is none. */
    public int answerBytes() {
        return answerBytes;
    }

    /** Whether this command ends the stream. */
    public boolean endsStream() {
        return this == CLOSE || this == FORCE_CLOSE;
    }

    /**
     * Returns the command with a code.
     *
     * @return null if a push session has no such command
     */
    static PageCommand ofCode(int code) {
        return switch (code) {
            case 4 -> OPEN2;
            case 5 -> PARENT;
            case 6 -> ADD_F;
            case 0x1023 -> CLOSE;
            case 0x1024 -> FORCE_CLOSE;
            default -> null;
        };
    }
}
