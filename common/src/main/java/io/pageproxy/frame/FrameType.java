package io.pageproxy.frame;

/** Frame types; the code is the first byte of a frame. */
enum FrameType {
    HELLO(1),
    ACCEPT(2),
    OPEN(3),
    BLOCK(4),
    ANSWER(5),
    KEEPALIVE(6),
    END(7),
    RESULT(8),
    DELIVERED(9),
    ABORT(10),
    PROBE(11),
    PROBED(12),
    JOIN(13),
    JOINED(14),
    GET(16),
    DONE(17),
    ATTACH(20),
    ATTACHED(21),
    FILE(22),
    FILE_END(23),
    FILES_END(24),
    STAGED(25),
    COMMIT(26),
    COMMITTED(27),
    RECOMMIT(28),
    FORESEE(29),
    FORESEEN(30),
    TURN_LAZY(31),
    SYNC(32),
    SYNC_READY(33),
    SYNC_END(34);

    private static final FrameType[] BY_CODE = new FrameType[35];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    FrameType(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Returns the type with a code; null if there is none. */
    static FrameType ofCode(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
