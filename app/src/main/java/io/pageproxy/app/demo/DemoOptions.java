package io.pageproxy.app.demo;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the demo shall do.
 *
 * @param sizeBytes how much memory is moved, 1 MiB to 1 TiB
 * @param criu the criu program; empty: find one
 * @param builtIn whether CRIU is left alone
 * @param keep the folder to work in and to leave as it is then; empty: a temporary one
 */
record DemoOptions(long sizeBytes, Optional<String> criu, boolean builtIn, Optional<Path> keep) {
    private static final int MEBIBYTE_SHIFT = 20;
    private static final long MAX_MEBIBYTES = 1 << 20;

    /** Checks the range. */
    DemoOptions {
        if (sizeBytes >> MEBIBYTE_SHIFT < 1 || sizeBytes >> MEBIBYTE_SHIFT > MAX_MEBIBYTES) {
            throw new IllegalArgumentException(
                    "--size " + sizeBytes + " bytes is not from 1M to 1T");
        }
    }

    /** The size in whole MiB. */
    long mebibytes() {
        return sizeBytes >> MEBIBYTE_SHIFT;
    }
}
