package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Generates page content deterministically from seed, image and address. Adjacent pages are of the
 * same kind, as in real memory; two pages other than zero pages are never equal.
 *
 * @param seed determines the content
 * @param mix proportions of the kinds of content
 * @param pageSizeBytes page size, a multiple of 8
 */
public record PageContent(long seed, ContentMix mix, int pageSizeBytes) {
    private static final int KIND_SHIFT = 16; // 64 KiB of one kind
    private static final int WORD_BITS = 6;
    private static final long[] WORDS = words();

    /** Validates the page size. */
    public PageContent {
        if (pageSizeBytes < Long.BYTES || pageSizeBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException("a page of " + pageSizeBytes + " bytes");
        }
    }

    /**
     * Appends a page to a buffer.
     *
     * @param vaddr its address in bytes
     */
    public void put(ImageId image, long vaddr, ByteBuffer to) {
        ByteOrder order = to.order();
        to.order(ByteOrder.LITTLE_ENDIAN);
        long key = mix64(seed ^ mix64(image.toDstId()));
        int percent = (int) Long.remainderUnsigned(mix64(key ^ vaddr >>> KIND_SHIFT), 100);
        long state = mix64(key + vaddr);
        if (percent < mix.zeroPercent()) {
            putZeros(to);
        } else if (percent < mix.zeroPercent() + mix.textPercent()) {
            putText(state, to);
        } else {
            putNoise(state, to);
        }
        to.order(order);
    }

    private void putZeros(ByteBuffer to) {
        for (int i = 0; i < pageSizeBytes; i += Long.BYTES) {
            to.putLong(0);
        }
    }

    private void putText(long start, ByteBuffer to) {
        long state = start;
        to.putLong(start);
        for (int i = Long.BYTES; i < pageSizeBytes; ) {
            state += 0x9e3779b97f4a7c15L;
            long choices = mix64(state);
            for (int n = 0; n < Long.SIZE / WORD_BITS && i < pageSizeBytes; n++) {
                to.putLong(WORDS[(int) choices & WORDS.length - 1]);
                choices >>>= WORD_BITS;
                i += Long.BYTES;
            }
        }
    }

    private void putNoise(long start, ByteBuffer to) {
        long state = start;
        for (int i = 0; i < pageSizeBytes; i += Long.BYTES) {
            state += 0x9e3779b97f4a7c15L;
            to.putLong(mix64(state));
        }
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mix64(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** 64 words of eight characters, the last one a blank. */
    private static long[] words() {
        long[] words = new long[1 << WORD_BITS];
        for (int i = 0; i < words.length; i++) {
            String hex = Long.toHexString(mix64(i + 1) | Long.MIN_VALUE);
            byte[] letters = hex.substring(0, 7).concat(" ").getBytes(StandardCharsets.US_ASCII);
            words[i] = ByteBuffer.wrap(letters).getLong();
        }
        return words;
    }
}
