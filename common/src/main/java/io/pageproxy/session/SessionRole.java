package io.pageproxy.session;

/** What a session is for. The numbers are those of HELLO. */
public enum SessionRole {
    /** Pages go from the dumper to a page server as the dump goes on. */
    PUSH(0),
    /** Pages stay at the source until the restored tasks ask for them. */
    LAZY(1);

    private final int code;

    SessionRole(int code) {
        this.code = code;
    }

    /** The number on the wire; 0 is not said. */
    public int code() {
        return code;
    }
}
