package io.pageproxy.dedup;

import java.nio.ByteBuffer;

/** Differences of pages by XOR. Buffers are used by absolute index; sizes are multiples of 8. */
public final class Differences {
    private Differences() {}

    /** How many 8-byte words differ; stops counting above {@code most}. */
    static int differingWords(
            ByteBuffer one, int oneAt, ByteBuffer other, int otherAt, int lengthBytes, int most) {
        int differing = 0;
        for (int i = 0; i < lengthBytes && differing <= most; i += Long.BYTES) {
            differing += one.getLong(oneAt + i) == other.getLong(otherAt + i) ? 0 : 1;
        }
        return differing;
    }

    /** Replaces the bytes in {@code to} by their XOR with those in {@code with}. */
    public static void xor(ByteBuffer to, int toAt, ByteBuffer with, int withAt, int lengthBytes) {
        for (int i = 0; i < lengthBytes; i += Long.BYTES) {
            to.putLong(toAt + i, to.getLong(toAt + i) ^ with.getLong(withAt + i));
        }
    }
}
