package io.pageproxy.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Raises the kernel's limit of pipe sizes to the 4 MiB that {@code criu dump --lazy-pages} needs
 * without CAP_SYS_RESOURCE. Test classes of several processes may need it at the same time: each
 * holds a shared lock on a file that has the limit from before, and the last one puts it back.
 */
final class LargePipes implements BeforeAllCallback, AfterAllCallback {
    private static final Path LIMIT = Path.of("/proc/sys/fs/pipe-max-size");
    private static final int NEEDED_BYTES = 4 << 20;

    private static final Path LIMIT_BEFORE =
            Path.of(System.getProperty("java.io.tmpdir"), "pageproxy-it-pipe-max-size");

    private FileChannel limitBefore;
    private FileLock inUse;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        limitBefore =
                FileChannel.open(
                        LIMIT_BEFORE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        inUse = limitBefore.lock(0, Long.MAX_VALUE, true);
        String limit = limit();
        if (Integer.parseInt(limit) < NEEDED_BYTES) {
            limitBefore.write(StandardCharsets.US_ASCII.encode(limit), 0);
            Files.writeString(LIMIT, "" + NEEDED_BYTES);
        }
    }

    /** Reads the limit with a single call, because the kernel only answers the first one. */
    private static String limit() throws IOException {
        try (BufferedReader value = Files.newBufferedReader(LIMIT)) {
            return value.readLine();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        try (FileChannel file = limitBefore) {
            inUse.release();
            try (FileLock alone = file.tryLock()) {
                if (alone != null && file.size() > 0) {
                    ByteBuffer limit = ByteBuffer.allocate((int) file.size());
                    file.read(limit, 0);
                    Files.writeString(LIMIT, StandardCharsets.US_ASCII.decode(limit.flip()));
                    file.truncate(0);
                }
            }
        }
    }
}
