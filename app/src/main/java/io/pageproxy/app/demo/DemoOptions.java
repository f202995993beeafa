package io.pageproxy.app.demo;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Options of the demo.
 *
 * @param sizeBytes size of the migrated memory, 1 MiB to 1 TiB
 * @param criu the criu program; empty to find one
 * @param builtIn whether to run without CRIU
 * @param keep working folder that is kept; empty for a temporary one
 */
record DemoOptions(long sizeBytes, Optional<String> criu, boolean builtIn, Optional<Path> keep) {
    private static final int MEBIBYTE_SHIFT = 20;
    private static final long MAX_MEBIBYTES = 1 << 20;

    /** Validates the range. */
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
