package io.pageproxy.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Without CAP_SYS_RESOURCE criu dump --lazy-pages wants pipes of 4 MiB; put back afterwards. */
final class LargePipes implements BeforeAllCallback, AfterAllCallback {
    private static final Path PIPE_MAX_SIZE = Path.of("/proc/sys/fs/pipe-max-size");
    private static final int WANTED_PIPE_BYTES = 4 << 20;

    private String before;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        // In one read: the kernel gives a sysctl's value to the first one only.
        try (BufferedReader value = Files.newBufferedReader(PIPE_MAX_SIZE)) {
            before = value.readLine();
        }
        if (Integer.parseInt(before) < WANTED_PIPE_BYTES) {
            Files.writeString(PIPE_MAX_SIZE, "" + WANTED_PIPE_BYTES);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        Files.writeString(PIPE_MAX_SIZE, before);
    }
}
