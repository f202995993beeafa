package io.pageproxy.session;

/** The kind of a session; its code is the number in HELLO. */
public enum SessionRole {
    /** The dumper's pages are pushed to a page server during the dump. */
    PUSH(0),
    /** Pages stay at the source until the restored tasks request them. */
    LAZY(1);

    private final int code;

    SessionRole(int code) {
        this.code = code;
    }

    /** The number on the wire; 0 is omitted. */
    public int code() {
        return code;
    }
}
