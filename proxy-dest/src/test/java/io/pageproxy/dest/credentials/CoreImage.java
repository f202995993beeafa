package io.pageproxy.dest.credentials;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes images of tasks. */
final class CoreImage {
    static final int ALIVE = 1;
    static final int ZOMBIE = 6;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Credentials of a user and group, all four of each. */
    static CoreImage credentials(long user, long group) {
        CoreImage message = new CoreImage();
        for (int number = 1; number <= 8; number++) {
            message.number(number, number % 2 == 1 ? user : group);
        }
        return message;
    }

    /** The image of a task in that state. */
    static byte[] task(int state, CoreImage credentials) {
        CoreImage core = new CoreImage().number(1, 1);
        core.message(3, new CoreImage().number(1, state).message(6, new CoreImage()));
        return core.message(5, new CoreImage().number(1, 0).message(10, credentials)).image();
    }

    CoreImage number(int field, long value) {
        varint((long) field << 3);
        return varint(value);
    }

    CoreImage message(int field, CoreImage content) {
        varint(((long) field << 3) | 2);
        varint(content.bytes.size());
        bytes.writeBytes(content.bytes.toByteArray());
        return this;
    }

    /** A value without a field, as in a packed list. */
    CoreImage varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        bytes.write((int) left);
        return this;
    }

    /** This message as the content of an image. */
    byte[] image() {
        return ByteBuffer.allocate(12 + bytes.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x54564319)
                .putInt(0x55053847)
                .putInt(bytes.size())
                .put(bytes.toByteArray())
                .array();
    }
}
