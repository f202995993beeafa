package io.pageproxy.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.List;

/**
 * The form of every message between a network process and its monitor, one packet each:
 *
 * <pre>
 *   0 u8   kind
 *   1 u32  id, of what it is about
 *   5 i64  number
 *  13      text in UTF-8, up to the end of the packet
 * </pre>
 *
 * @param <K> the kinds; their position in the enum is on the wire
 */
public final class MessageForm<K extends Enum<K>> {
    /** What precedes the text. */
    public static final int HEADER_BYTES = 1 + Integer.BYTES + Long.BYTES;

    private final List<K> kinds;

    /** A form whose kinds are all constants of an enum. */
    public MessageForm(Class<K> kinds) {
        this.kinds = List.of(kinds.getEnumConstants());
    }

    /**
     * A message.
     *
     * @param number as the kind says
     * @param text as the kind says
     */
    public record Message<K extends Enum<K>>(K kind, int id, long number, String text) {}

    /**
     * Returns the packet.
     *
     * @param maxBytes of the packet; a text that is too long loses its beginning
     */
    public ByteBuffer encode(K kind, int id, long number, String text, int maxBytes) {
        byte[] bytes = text.getBytes(UTF_8);
        int from = Math.max(0, bytes.length - (maxBytes - HEADER_BYTES));
        while (from > 0 && from < bytes.length && (bytes[from] & 0xc0) == 0x80) {
            from++; // Not into the middle of a character.
        }
        return ByteBuffer.allocateDirect(HEADER_BYTES + bytes.length - from)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) kinds.indexOf(kind))
                .putInt(id)
                .putLong(number)
                .put(bytes, from, bytes.length - from)
                .flip();
    }

    /**
     * Reads a packet.
     *
     * @throws IOException if it is none of these messages
     */
    public Message<K> decode(ByteBuffer packet) throws IOException {
        packet.order(ByteOrder.LITTLE_ENDIAN);
        if (packet.remaining() < HEADER_BYTES) {
            throw new IOException("a message of " + packet.remaining() + " bytes");
        }
        int kind = packet.get();
        if (kind < 0 || kind >= kinds.size()) {
            throw new IOException("a message of the unknown kind " + kind);
        }
        int id = packet.getInt();
        long number = packet.getLong();
        try {
            return new Message<>(
                    kinds.get(kind), id, number, UTF_8.newDecoder().decode(packet).toString());
        } catch (CharacterCodingException e) {
            throw new IOException("a message whose text is not UTF-8", e);
        }
    }
}
