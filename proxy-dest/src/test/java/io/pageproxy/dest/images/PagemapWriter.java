package io.pageproxy.dest.images;

import io.pageproxy.dest.pagemap.PagemapReader;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Writes pagemap images as CRIU 4.2 does, and invalid parts of images. */
public final class PagemapWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Writes a complete image. */
    public static byte[] image(long pagesId, List<Run> runs) {
        PagemapWriter writer = new PagemapWriter().magics().message(1, pagesId);
        runs.forEach(run -> writer.message(1, run.vaddr(), 2, 0, 4, run.flags(), 5, run.nrPages()));
        return writer.bytes();
    }

    public PagemapWriter magics() {
        return word(PagemapReader.COMMON_MAGIC).word(PagemapReader.PAGEMAP_MAGIC);
    }

    public PagemapWriter word(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(value >>> shift);
        }
        return this;
    }

    /** Writes a length and a message of varint fields, given as alternating numbers and values. */
    public PagemapWriter message(long... fields) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            varint(message, fields[i] << 3);
            varint(message, fields[i + 1]);
        }
        return message(message.toByteArray());
    }

    public PagemapWriter message(byte[] message) {
        word(message.length);
        out.writeBytes(message);
        return this;
    }

    public byte[] bytes() {
        return out.toByteArray();
    }

    static void varint(ByteArrayOutputStream out, long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.write((int) (left & 0x7f) | 0x80);
            left >>>= 7;
        }
        out.write((int) left);
    }
}
