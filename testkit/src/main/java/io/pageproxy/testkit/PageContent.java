package io.pageproxy.testkit;

import io.pageproxy.pagestream.ImageId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Makes the bytes of pages: the same for the same seed, image and address, always. Neighbouring
 * pages are of one kind, as in real memory; two pages that are not zeros are never alike.
 *
 * @param seed another seed, other bytes
 * @param mix how much is of which kind
 * @param pageSizeBytes the length of a page, a multiple of 8
 */
public record PageContent(long seed, ContentMix mix, int pageSizeBytes) {
    private static final int KIND_SHIFT = 16; // 64 KiB of one kind
    private static final int WORD_BITS = 6;
    private static final long[] WORDS = words();

    /** Checks the range. */
    public PageContent {
        if (pageSizeBytes < Long.BYTES || pageSizeBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException("a page of " + pageSizeBytes + " bytes");
        }
    }

    /**
     * Appends one page to the buffer.
     *
     * @param vaddr its address in bytes
     */
    public void put(ImageId image, long vaddr, ByteBuffer to) {
        ByteOrder order = to.order();
        to.order(ByteOrder.LITTLE_ENDIAN);
        long key = mixed(seed ^ mixed(image.toDstId()));
        int percent = (int) Long.remainderUnsigned(mixed(key ^ vaddr >>> KIND_SHIFT), 100);
        long state = mixed(key + vaddr);
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
            long choices = mixed(state);
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
            to.putLong(mixed(state));
        }
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static long mixed(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** 64 words of eight letters, the last one a blank. */
    private static long[] words() {
        long[] words = new long[1 << WORD_BITS];
        for (int i = 0; i < words.length; i++) {
            String hex = Long.toHexString(mixed(i + 1) | Long.MIN_VALUE);
            byte[] letters = hex.substring(0, 7).concat(" ").getBytes(StandardCharsets.US_ASCII);
            words[i] = ByteBuffer.wrap(letters).getLong();
        }
        return words;
    }
}
