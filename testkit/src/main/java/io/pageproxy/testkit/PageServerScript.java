package io.pageproxy.testkit;

import java.util.OptionalLong;

/**
 * How a built-in page server behaves.
 *
 * @param maxBytesPerSecond how fast it reads; empty: as fast as it can
 * @param diesAfterBytes after so many bytes of the stream it exits; empty: at its end
 * @param deathExitCode with this code, 0 to 255
 * @param lie what it does wrong while it says that all is well
 */
public record PageServerScript(
        OptionalLong maxBytesPerSecond, OptionalLong diesAfterBytes, int deathExitCode, Lie lie) {

    /** Ways to say success and not to mean it. */
    public enum Lie {
        /** None. */
        NONE,
        /** The first page of the first run is left out of both images. */
        SKIPS_A_PAGE,
        /** The last pages image lacks its last byte. */
        CUTS_PAGES,
        /** The last pagemap image is empty, as a disk that was full at the end leaves it. */
        EMPTIES_PAGEMAP,
        /** One byte of the first page is another: no check of lengths can tell. */
        ALTERS_A_BYTE,
        /**
         * The pages images are as long as they should be, but hold nothing, which makes the server
         * cheap: no check of lengths can tell.
         */
        KEEPS_NO_CONTENT,
        /** It reads all, but answers nothing, until its socket is closed. */
        NEVER_ANSWERS,
        /** It closes its socket at the first page, and exits 0. */
        LEAVES_EARLY
    }

    /** What a page server should be. */
    public static final PageServerScript HONEST =
            new PageServerScript(OptionalLong.empty(), OptionalLong.empty(), 0, Lie.NONE);

    /** Checks the ranges. */
    public PageServerScript {
        if (maxBytesPerSecond.isPresent() && maxBytesPerSecond.getAsLong() < 1) {
            throw new IllegalArgumentException("a rate of " + maxBytesPerSecond.getAsLong());
        }
    }

    /** One that reads no faster than that. */
    public static PageServerScript slow(long maxBytesPerSecond) {
        return new PageServerScript(
                OptionalLong.of(maxBytesPerSecond), OptionalLong.empty(), 0, Lie.NONE);
    }

    /** One that exits with that code once it has read so much. */
    public static PageServerScript dying(long afterBytes, int exitCode) {
        return new PageServerScript(
                OptionalLong.empty(), OptionalLong.of(afterBytes), exitCode, Lie.NONE);
    }

    /** One that lies. */
    public static PageServerScript lying(Lie lie) {
        return new PageServerScript(OptionalLong.empty(), OptionalLong.empty(), 0, lie);
    }
}
