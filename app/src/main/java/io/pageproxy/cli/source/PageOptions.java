package io.pageproxy.cli.source;

import io.pageproxy.cli.options.MemoryConverter;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.source.SourceConfig;
import picocli.CommandLine.Option;

/** Options of the transfer of pages. */
final class PageOptions {
    @Option(
            names = "--codec",
            paramLabel = "auto|none|lz4|zstd",
            defaultValue = "auto",
            description = "compression; auto: chosen for each block (default: ${DEFAULT-VALUE})")
    private CodecChoice codec;

    @Option(
            names = "--page-window",
            paramLabel = "SIZE|none",
            converter = MemoryConverter.class,
            description =
                    "how much sent data a session remembers, so that equal pages are sent only"
                            + " once (default: 96M)")
    private long windowBytes = SourceConfig.DEFAULT_PAGE_WINDOW_BYTES;

    @Option(
            names = "--lanes",
            paramLabel = "N|auto",
            defaultValue = "auto",
            converter = LanesConverter.class,
            description =
                    "connections per session, 1 to 16, limited by the destination; auto: by"
                            + " the processors of this host, up to 4 (default: ${DEFAULT-VALUE})")
    private int lanes;

    /** The codec of blocks. */
    CodecChoice codec() {
        return codec;
    }

    /** Size of the deduplication window in bytes; 0 disables it. */
    long windowBytes() {
        return windowBytes;
    }

    /** Number of connections for pages. */
    int lanes() {
        return lanes;
    }
}
