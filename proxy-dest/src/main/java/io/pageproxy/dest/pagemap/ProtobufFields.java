package io.pageproxy.dest.pagemap;

/**
 * Iterates over the fields of a protobuf message of scalar fields: {@link #next}, then {@link
 * #number} and {@link #varint}. Fields of other types are skipped; every length is checked against
 * the rest of the message.
 *
 * <pre>
 *  field:  varint number &lt;&lt; 3 | wire type, then by wire type
 *          0 varint | 1 eight bytes | 2 varint length and so many bytes | 5 four bytes
 * </pre>
 */
final class ProtobufFields {
    private static final int WIRE_TYPE_BITS = 3;
    private static final int WIRE_TYPE_MASK = (1 << WIRE_TYPE_BITS) - 1;
    private static final int VARINT_TYPE = 0;
    private static final int FIXED64_TYPE = 1;
    private static final int BYTES_TYPE = 2;
    private static final int FIXED32_TYPE = 5;
    private static final int MAX_VARINT_BYTES = 10;

    private final byte[] message;
    private final int lengthBytes;
    private int index;
    private long number;
    private long varint;
    private boolean isVarint;

    ProtobufFields(byte[] message, int lengthBytes) {
        this.message = message;
        this.lengthBytes = lengthBytes;
    }

    /**
     * Moves to the next field.
     *
     * @return false at the end
     * @throws PagemapException if the message is malformed
     */
    boolean next() {
        if (index == lengthBytes) {
            return false;
        }
        long tag = readVarint();
        number = tag >>> WIRE_TYPE_BITS;
        if (number == 0) {
            throw new PagemapException("field number 0");
        }
        int wireType = (int) tag & WIRE_TYPE_MASK;
        isVarint = wireType == VARINT_TYPE;
        switch (wireType) {
            case VARINT_TYPE -> varint = readVarint();
            case FIXED64_TYPE -> skip(Long.BYTES);
            case BYTES_TYPE -> skip(readVarint());
            case FIXED32_TYPE -> skip(Integer.BYTES);
            default -> throw new PagemapException("wire type " + wireType);
        }
        return true;
    }

    /** The field number, 1 or more. */
    long number() {
        return number;
    }

    /**
     * The value of a varint field.
     *
     * @throws PagemapException if the field is not a varint
     */
    long varint() {
        if (!isVarint) {
            throw new PagemapException("field " + number + " is no number");
        }
        return varint;
    }

    private long readVarint() {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (index == lengthBytes) {
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
        if (bytes < 0 || bytes > lengthBytes - index) {
            throw new PagemapException(
                    "a field of "
                            + Long.toUnsignedString(bytes)
                            + " bytes where "
                            + (lengthBytes - index)
                            + " are left");
        }
        index += (int) bytes;
    }
}
