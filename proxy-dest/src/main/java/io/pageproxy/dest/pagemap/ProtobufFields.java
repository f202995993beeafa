package io.pageproxy.dest.pagemap;

import java.util.ArrayList;
import java.util.List;

/**
 * Iterates over the fields of a protobuf message: {@link #next}, then {@link #number}, and {@link
 * #varint} or {@link #message}. Fields of other types are skipped; every length is checked against
 * the rest of the message.
 *
 * <pre>
 *  field:  varint number &lt;&lt; 3 | wire type, then by wire type
 *          0 varint | 1 eight bytes | 2 varint length and so many bytes | 5 four bytes
 * </pre>
 */
public final class ProtobufFields {
    private static final int WIRE_TYPE_BITS = 3;
    private static final int WIRE_TYPE_MASK = (1 << WIRE_TYPE_BITS) - 1;
    private static final int VARINT_TYPE = 0;
    private static final int FIXED64_TYPE = 1;
    private static final int BYTES_TYPE = 2;
    private static final int FIXED32_TYPE = 5;
    private static final int MAX_VARINT_BYTES = 10;

    private final byte[] message;
    private final int endIndex;
    private int index;
    private int bytesFrom;
    private long number;
    private long varint;
    private int wireType;

    /** Reads a message at the start of an array. */
    public ProtobufFields(byte[] message, int lengthBytes) {
        this(message, 0, lengthBytes);
    }

    private ProtobufFields(byte[] message, int index, int endIndex) {
        this.message = message;
        this.index = index;
        this.endIndex = endIndex;
    }

    /**
     * Moves to the next field.
     *
     * @return false at the end
     * @throws PagemapException if the message is malformed
     */
    public boolean next() {
        if (index == endIndex) {
            return false;
        }
        long tag = readVarint();
        number = tag >>> WIRE_TYPE_BITS;
        if (number == 0) {
            throw new PagemapException("field number 0");
        }
        wireType = (int) tag & WIRE_TYPE_MASK;
        switch (wireType) {
            case VARINT_TYPE -> varint = readVarint();
            case FIXED64_TYPE -> skip(Long.BYTES);
            case BYTES_TYPE -> {
                long bytes = readVarint();
                bytesFrom = index;
                skip(bytes);
            }
            case FIXED32_TYPE -> skip(Integer.BYTES);
            default -> throw new PagemapException("wire type " + wireType);
        }
        return true;
    }

    /** The field number, 1 or more. */
    public long number() {
        return number;
    }

    /**
     * The value of a varint field.
     *
     * @throws PagemapException if the field is not a varint
     */
    public long varint() {
        if (wireType != VARINT_TYPE) {
            throw new PagemapException("field " + number + " is no number");
        }
        return varint;
    }

    /**
     * The fields of a message within this one.
     *
     * @throws PagemapException if the field is not a message
     */
    public ProtobufFields message() {
        if (wireType != BYTES_TYPE) {
            throw new PagemapException("field " + number + " is no message");
        }
        return new ProtobufFields(message, bytesFrom, index);
    }

    /**
     * The values of a repeated number: one, or several that are packed.
     *
     * @throws PagemapException if the field is no number
     */
    public List<Long> varints() {
        if (wireType == VARINT_TYPE) {
            return List.of(varint);
        }
        ProtobufFields packed = message();
        List<Long> values = new ArrayList<>();
        while (packed.index < packed.endIndex) {
            values.add(packed.readVarint());
        }
        return values;
    }

    private long readVarint() {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (index == endIndex) {
                throw new PagemapException("a number is cut off");
            }
            byte b = message[index++];
            value |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        throw new PagemapException("a number of more than " + MAX_VARINT_BYTES + " bytes");
    }

    private void skip(long bytes) {
        if (bytes < 0 || bytes > endIndex - index) {
            throw new PagemapException(
                    "a field of "
                            + Long.toUnsignedString(bytes)
                            + " bytes where "
                            + (endIndex - index)
                            + " are left");
        }
        index += (int) bytes;
    }
}
