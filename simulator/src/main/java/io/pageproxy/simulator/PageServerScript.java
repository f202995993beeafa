package io.pageproxy.simulator;

import java.util.OptionalLong;

/**
 * The behaviour of a built-in page server.
 *
 * @param maxBytesPerSecond maximum read rate, if limited
 * @param diesAfterBytes number of bytes of the stream after which it exits; empty for the end of
 *     the stream
 * @param deathExitCode exit code in that case, 0 to 255
 * @param lie fault that it commits while reporting success
 */
public record PageServerScript(
        OptionalLong maxBytesPerSecond, OptionalLong diesAfterBytes, int deathExitCode, Lie lie) {

    /** Faults of a page server that reports success. */
    public enum Lie {
        /** No fault. */
        NONE,
        /** Omits the first page of the first range from both images. */
        SKIPS_A_PAGE,
        /** Truncates the last byte of the last pages image. */
        CUTS_PAGES,
        /** Leaves the last pagemap image empty, as a full disk does. */
        EMPTIES_PAGEMAP,
        /** Alters one byte of the first page, which no check of lengths can detect. */
        ALTERS_A_BYTE,
        /**
         * Writes pages images of the correct length without content, which is cheap and cannot be
         * detected by a check of lengths.
         */
        KEEPS_NO_CONTENT,
        /** Reads everything but never replies, until its socket is closed. */
        NEVER_ANSWERS,
        /** Closes its socket at the first page and exits with 0. */
        LEAVES_EARLY
    }

    /** A correct page server. */
    public static final PageServerScript HONEST =
            new PageServerScript(OptionalLong.empty(), OptionalLong.empty(), 0, Lie.NONE);

    /** Validates the ranges. */
    public PageServerScript {
        if (maxBytesPerSecond.isPresent() && maxBytesPerSecond.getAsLong() < 1) {
            throw new IllegalArgumentException("a rate of " + maxBytesPerSecond.getAsLong());
        }
    }

    /** A page server with a limited read rate. */
    public static PageServerScript slow(long maxBytesPerSecond) {
        return new PageServerScript(
                OptionalLong.of(maxBytesPerSecond), OptionalLong.empty(), 0, Lie.NONE);
    }

    /** A page server that exits with a code after a number of bytes. */
    public static PageServerScript dying(long afterBytes, int exitCode) {
        return new PageServerScript(
                OptionalLong.empty(), OptionalLong.of(afterBytes), exitCode, Lie.NONE);
    }

    /** A page server with a fault. */
    public static PageServerScript lying(Lie lie) {
        return new PageServerScript(OptionalLong.empty(), OptionalLong.empty(), 0, lie);
    }
}
