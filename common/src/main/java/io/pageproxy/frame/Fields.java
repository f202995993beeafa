package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.pageproxy.text.SafeText;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The payload of a control frame: a list of fields, each {@code u8 tag, u16 length, value}. Numbers
 * have 8 bytes, texts are UTF-8. Unknown tags are ignored, so that a later version may add fields;
 * a duplicate tag is an error.
 */
final class Fields {
    private static final int FIELD_HEADER_BYTES = 3;
    private static final int MAX_FIELD_BYTES = 4 << 10;

    private final TreeMap<Integer, byte[]> values = new TreeMap<>();

    Fields put(int tag, long number) {
        byte[] value = new byte[Long.BYTES];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (number >>> (Long.SIZE - Byte.SIZE * (i + 1)));
        }
        values.put(tag, value);
        return this;
    }

    /** Adds a text, truncated to the maximum field length. */
    Fields put(int tag, String text) {
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        values.put(
                tag,
                value.length <= MAX_FIELD_BYTES
                        ? value
                        : encodeTruncated(text, MAX_FIELD_BYTES / 3));
        return this;
    }

    Fields put(int tag, OptionalLong number) {
        number.ifPresent(value -> put(tag, value));
        return this;
    }

    Fields put(int tag, Optional<String> text) {
        text.ifPresent(value -> put(tag, value));
        return this;
    }

    private static byte[] encodeTruncated(String text, int chars) {
        return text.substring(0, Math.min(chars, text.length())).getBytes(StandardCharsets.UTF_8);
    }

    boolean has(int tag) {
        return values.containsKey(tag);
    }

    long number(int tag, String name) {
        byte[] value = values.get(tag);
        if (value == null || value.length != Long.BYTES) {
            throw new FrameException(
                    "expected the number "
                            + name
                            + ", but "
                            + (value == null ? "nothing" : value.length + " bytes")
                            + " came");
        }
        long number = 0;
        for (byte b : value) {
            number = number << Byte.SIZE | (b & 0xff);
        }
        return number;
    }

    /** Reads a required number within a range. */
    long number(int tag, String name, long min, long max) {
        long number = number(tag, name);
        if (number < min || number > max) {
            throw new FrameException(
                    "expected "
                            + name
                            + " from "
                            + min
                            + " to "
                            + max
                            + ", but "
                            + number
                            + " came");
        }
        return number;
    }

    /** Reads a required count, which is not negative. */
    long count(int tag, String name) {
        return number(tag, name, 0, Long.MAX_VALUE);
    }

    /** Reads an optional count, which is not negative. */
    OptionalLong optionalCount(int tag, String name) {
        return has(tag) ? OptionalLong.of(count(tag, name)) : OptionalLong.empty();
    }

    /** Reads an optional text and sanitises it to one line. */
    Optional<String> text(int tag) {
        return decode(tag).map(SafeText::line);
    }

    /** Reads a required text and sanitises it to one line. */
    String text(int tag, String name) {
        return text(tag)
                .orElseThrow(
                        () -> new FrameException("expected the text " + name + ", but none came"));
    }

    /** Reads a required name, sanitised and shortened. */
    String name(int tag, String name) {
        return SafeText.name(text(tag, name));
    }

    /** Reads an optional text of several lines, sanitised. */
    Optional<String> lines(int tag) {
        return decode(tag).map(SafeText::lines);
    }

    private Optional<String> decode(int tag) {
        return Optional.ofNullable(values.get(tag))
                .map(value -> new String(value, StandardCharsets.UTF_8));
    }

    int encodedBytes() {
        return values.values().stream().mapToInt(v -> FIELD_HEADER_BYTES + v.length).sum();
    }

    void write(ByteBuf out) {
        values.forEach(
                (tag, value) -> {
                    out.writeByte(tag);
                    out.writeShort(value.length);
                    out.writeBytes(value);
                });
    }

    static Fields read(ByteBuf in) {
        Fields fields = new Fields();
        while (in.isReadable()) {
            if (in.readableBytes() < FIELD_HEADER_BYTES) {
                throw new FrameException("a field's header is cut short");
            }
            int tag = in.readUnsignedByte();
            int lengthBytes = in.readUnsignedShort();
            if (lengthBytes > in.readableBytes() || lengthBytes > MAX_FIELD_BYTES) {
                throw new FrameException(
                        "field "
                                + tag
                                + " claims "
                                + lengthBytes
                                + " bytes, "
                                + in.readableBytes()
                                + " are left");
            }
            byte[] value = new byte[lengthBytes];
            in.readBytes(value);
            if (fields.values.put(tag, value) != null) {
                throw new FrameException("field " + tag + " came twice");
            }
        }
        return fields;
    }
}
