package io.pageproxy.session;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What must be the same on both hosts for a page to mean the same.
 *
 * @param architecture as {@code uname -m} says it
 * @param pageSizeBytes the kernel's page size
 */
public record HostFacts(String architecture, int pageSizeBytes) {

    /** Checks the ranges: a power of two from 4 KiB to 64 KiB. */
    public HostFacts {
        if (pageSizeBytes < 4096 || pageSizeBytes > 65536 || Integer.bitCount(pageSizeBytes) != 1) {
            throw new IllegalArgumentException(
                    "expected a page size of 4096 to 65536, a power of two, not " + pageSizeBytes);
        }
    }

    /**
     * This host's.
     *
     * @param pageSizeBytes from the kernel
     * @throws IllegalStateException on a big-endian host, whose CRIU records we do not read
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

    /** Why memory of a host with these facts cannot be taken here; empty where it can. */
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
