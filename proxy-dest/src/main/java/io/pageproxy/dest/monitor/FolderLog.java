package io.pageproxy.dest.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a log that the monitor has told, in the folder where CRIU's log would be. */
final class FolderLog {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLog.class);

    private FolderLog() {}

    /** Writes it; blocks. */
    static void write(Path file, String text) {
        try {
            Files.writeString(file, text, UTF_8);
        } catch (IOException e) {
            LOG.debug("the log cannot be written: {}", e.toString());
        }
    }
}
