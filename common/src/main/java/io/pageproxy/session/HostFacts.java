package io.pageproxy.session;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Properties that must be equal on both hosts for memory pages to be transferable.
 *
 * @param architecture as printed by {@code uname -m}
 * @param pageSizeBytes the kernel's page size
 */
public record HostFacts(String architecture, int pageSizeBytes) {

    /** Validates the page size: a power of two from 4 KiB to 64 KiB. */
    public HostFacts {
        if (pageSizeBytes < 4096 || pageSizeBytes > 65536 || Integer.bitCount(pageSizeBytes) != 1) {
            throw new IllegalArgumentException(
                    "expected a page size of 4096 to 65536, a power of two, not " + pageSizeBytes);
        }
    }

    /**
     * Returns the properties of this host.
     *
     * @param pageSizeBytes the kernel's page size
     * @throws IllegalStateException on a big-endian host, whose CRIU records are not supported
     */
    public static HostFacts local(int pageSizeBytes) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException(
                    "this host is big-endian; pageproxy reads CRIU's records on little-endian hosts"
                            + " (x86_64, aarch64) only");
        }
        String arch = System.getProperty("os.arch");
        return new HostFacts("amd64".equals(arch) ? "x86_64" : arch, pageSizeBytes);
    }

    /**
     * Explains why memory of a source with these properties cannot be restored here; empty if it
     * can.
     */
    public Optional<String> mismatchWith(HostFacts source) {
        if (!architecture.equals(source.architecture)) {
            return Optional.of(
                    "the source is "
                            + source.architecture
                            + " and the destination "
                            + architecture
                            + ": CRIU cannot restore across architectures; choose a destination of"
                            + " the source's");
        }
        if (pageSizeBytes != source.pageSizeBytes) {
            return Optional.of(
                    "the source's pages have "
                            + source.pageSizeBytes
                            + " bytes and the destination's "
                            + pageSizeBytes
                            + ": CRIU cannot restore across page sizes; boot a kernel with the same"
                            + " page size");
        }
        return Optional.empty();
    }
}
