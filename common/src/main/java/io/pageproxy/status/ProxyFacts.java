package io.pageproxy.status;

import io.pageproxy.session.Side;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What the status tells about the proxy itself.
 *
 * @param side the side of this proxy
 * @param version the version of the program
 * @param imagesDir the folder that receives images; empty at the source
 */
public record ProxyFacts(Side side, String version, Optional<Path> imagesDir) {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    /**
     * Space of the file system of the images.
     *
     * @param path the images folder
     * @param freeBytes bytes that this process may still write
     * @param totalBytes size of the file system
     */
    record Space(Path path, long freeBytes, long totalBytes) {}

    /** The space for images now; empty if there is no such folder. */
    Optional<Space> space() {
        if (imagesDir.isEmpty()) {
            return Optional.empty();
        }
        Path path = imagesDir.get().toAbsolutePath().normalize();
        try {
            FileStore store = Files.getFileStore(path);
            return Optional.of(new Space(path, store.getUsableSpace(), store.getTotalSpace()));
        } catch (IOException gone) {
            return Optional.empty(); // The health check says so.
        }
    }

    /** The name of this host as its kernel has it, without asking anybody; empty if unknown. */
    static Optional<String> host() {
        try {
            return Optional.of(SafeText.line(Files.readString(HOST_NAME).strip()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** When this process began. */
    static Instant started() {
        return ProcessHandle.current().info().startInstant().orElse(Instant.EPOCH);
    }
}
