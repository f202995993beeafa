package io.pageproxy.simulator;

/**
 * The content of pages in percent; the rest is noise, which does not compress.
 *
 * @param zeroPercent zero pages
 * @param textPercent text-like pages, which LZ4 compresses to about a third
 */
public record ContentMix(int zeroPercent, int textPercent) {
    /** Similar to the memory of a typical process: LZ4 compresses it to half or less. */
    public static final ContentMix TYPICAL = new ContentMix(20, 55);

    /** Only noise. */
    public static final ContentMix NOISE = new ContentMix(0, 0);

    /** Only zeros. */
    public static final ContentMix ZEROS = new ContentMix(100, 0);

    /** Only text. */
    public static final ContentMix TEXT = new ContentMix(0, 100);

    /** Validates the ranges. */
    public ContentMix {
        if (zeroPercent < 0 || textPercent < 0 || zeroPercent + textPercent > 100) {
            throw new IllegalArgumentException(
                    zeroPercent + "% zeros and " + textPercent + "% text are not 0 to 100%");
        }
    }
}
