package io.pageproxy.testkit;

/**
 * What pages hold, in percent of all memory; the rest is noise, which does not compress.
 *
 * @param zeroPercent zeros
 * @param textPercent text-like, which LZ4 makes about a third of
 */
public record ContentMix(int zeroPercent, int textPercent) {
    /** About what a process's memory is like: LZ4 makes half or less of it. */
    public static final ContentMix TYPICAL = new ContentMix(20, 55);

    /** Noise only. */
    public static final ContentMix NOISE = new ContentMix(0, 0);

    /** Zeros only. */
    public static final ContentMix ZEROS = new ContentMix(100, 0);

    /** Text only. */
    public static final ContentMix TEXT = new ContentMix(0, 100);

    /** Checks the ranges. */
    public ContentMix {
        if (zeroPercent < 0 || textPercent < 0 || zeroPercent + textPercent > 100) {
            throw new IllegalArgumentException(
                    zeroPercent + "% zeros and " + textPercent + "% text are not 0 to 100%");
        }
    }
}
