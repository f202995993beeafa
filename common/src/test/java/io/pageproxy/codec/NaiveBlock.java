package io.pageproxy.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * Reference implementation of the decoder, written from DESIGN.md: simple, slow, and sharing
 * nothing with {@link BlockDecoder} except the libraries of the codecs. It uses the pure Java
 * implementation of LZ4, which is less strict at the end of a block than the one in C.
 */
final class NaiveBlock {
    private static final int ENTRY_BYTES = 16;

    private final int pageSizeBytes;
    private final List<byte[]> earlier;

    /**
     * Creates a decoder.
     *
     * @param earlier the pages that may be referred to
     */
    NaiveBlock(int pageSizeBytes, List<byte[]> earlier) {
        this.pageSizeBytes = pageSizeBytes;
        this.earlier = earlier;
    }

    /** The plain bytes; empty if the content is not valid. */
    Optional<byte[]> decode(int codec, int references, int rawBytes, byte[] content) {
        try {
            return Optional.of(plain(codec, references, rawBytes, content));
        } catch (IllegalArgumentException | LZ4Exception | ZstdException e) {
            return Optional.empty();
        }
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException();
        }
    }

    private byte[] plain(int codec, int references, int rawBytes, byte[] content) {
        int codedBytes = content.length - references * ENTRY_BYTES;
        require(codedBytes >= 0 && content.length > 0 && content.length <= rawBytes);
        ByteBuffer entries = ByteBuffer.wrap(content, codedBytes, references * ENTRY_BYTES);
        long omittedBytes = 0;
        for (int i = 0; i < references; i++) {
            long pages = Integer.toUnsignedLong(entries.getInt(entries.position() + 4));
            omittedBytes += entries.getLong(entries.position() + 8) >= -1 ? pages : 0;
            entries.position(entries.position() + ENTRY_BYTES);
        }
        long literalBytes = rawBytes - omittedBytes * pageSizeBytes;
        require(literalBytes >= codedBytes);
        byte[] coded = Arrays.copyOf(content, codedBytes);
        entries.position(codedBytes);
        return filledUp(entries, references, literals(codec, coded, (int) literalBytes), rawBytes);
    }

    private byte[] filledUp(ByteBuffer entries, int references, byte[] literals, int rawBytes) {
        ByteBuffer from = ByteBuffer.wrap(literals);
        ByteBuffer plain = ByteBuffer.allocate(rawBytes);
        for (int i = 0; i < references; i++) {
            long offset = Integer.toUnsignedLong(entries.getInt());
            long pages = Integer.toUnsignedLong(entries.getInt());
            long what = entries.getLong();
            require(pages > 0 && offset >= plain.position());
            require(offset + pages * pageSizeBytes <= rawBytes);
            copy(from, plain, (int) offset - plain.position());
            for (long page = 0; page < pages; page++) {
                if (what >= 0) {
                    plain.put(earlier(what + page));
                } else if (what == -1) {
                    plain.put(new byte[pageSizeBytes]);
                } else {
                    int at = plain.position();
                    copy(from, plain, pageSizeBytes);
                    xor(plain.array(), at, earlier(-2 - what + page));
                }
            }
        }
        copy(from, plain, rawBytes - plain.position());
        require(!from.hasRemaining());
        return plain.array();
    }

    private byte[] earlier(long index) {
        require(index >= 0 && index < earlier.size());
        return earlier.get((int) index);
    }

    private static void copy(ByteBuffer from, ByteBuffer to, int bytes) {
        require(from.remaining() >= bytes);
        to.put(from.slice(from.position(), bytes));
        from.position(from.position() + bytes);
    }

    private static void xor(byte[] plain, int at, byte[] page) {
        for (int i = 0; i < page.length; i++) {
            plain[at + i] ^= page[i];
        }
    }

    private static byte[] literals(int codec, byte[] coded, int literalBytes) {
        byte[] literals = new byte[literalBytes];
        if (codec == 0) {
            require(coded.length == literalBytes);
            return coded;
        } else if (codec == 1) {
            requireLz4End(ByteBuffer.wrap(coded));
            require(
                    LZ4Factory.safeInstance().safeDecompressor().decompress(coded, literals)
                            == literalBytes);
        } else {
            require(codec == 2 && Zstd.decompress(literals, coded) == literalBytes);
        }
        return literals;
    }

    /**
     * LZ4's block format: the last match is followed by 5 bytes of literals or more and begins 12
     * bytes before the end or earlier.
     */
    private static void requireLz4End(ByteBuffer coded) {
        int matchBytes = 0;
        while (coded.hasRemaining()) {
            int token = coded.get() & 0xff;
            int literalBytes = lz4Length(token >>> 4, coded);
            require(literalBytes <= coded.remaining());
            coded.position(coded.position() + literalBytes);
            if (!coded.hasRemaining()) {
                require(matchBytes == 0 || (literalBytes >= 5 && matchBytes + literalBytes >= 12));
            } else {
                require(coded.remaining() >= Short.BYTES);
                coded.getShort();
                matchBytes = 4 + lz4Length(token & 15, coded);
            }
        }
    }

    private static int lz4Length(int inToken, ByteBuffer coded) {
        int length = inToken;
        boolean more = inToken == 15;
        while (more) {
            require(coded.hasRemaining());
            int next = coded.get() & 0xff;
            length += next;
            more = next == 255;
        }
        return length;
    }
}
