package io.pageproxy.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;

/**
 * A CRIU replacement that dumps known memory, see {@code it/workloads/criu-stand-in.pl}: most
 * kernels that tests run on cannot pre-dump.
 *
 * @param folder its folder
 */
record StandInCriu(Path folder) {
    /** The pagemap of the only process. */
    static final String PAGEMAP = "pagemap-77.img";

    static final long START = 0x7f00L << 32;

    /**
     * Creates one in a folder.
     *
     * @param pages number of pages of the memory
     * @param dirty number of pages written before each call except the first
     */
    static StandInCriu of(Criu layout, Path folder, int pages, String dirty) throws IOException {
        byte[] memory = new byte[pages * Images.PAGE_BYTES];
        new Random(7).nextBytes(memory);
        Files.write(folder.resolve("memory"), memory);
        Files.writeString(folder.resolve("dirty"), dirty);
        StandInCriu standIn = new StandInCriu(folder);
        Path script = Path.of(System.getProperty("it.checkout"), "it/workloads/criu-stand-in.pl");
        Files.writeString(
                standIn.program(),
                "#!/bin/sh\nexec perl '%s' %s '%s' \"$@\"\n"
                        .formatted(script.normalize(), layout == Criu.BYTES_24 ? 24 : 32, folder));
        Files.setPosixFilePermissions(
                standIn.program(), PosixFilePermissions.fromString("rwx------"));
        return standIn;
    }

    Path program() {
        return folder.resolve("criu");
    }

    /** The current memory. */
    byte[] memory() throws IOException {
        return Files.readAllBytes(folder.resolve("memory"));
    }

    /** Makes it fail in the middle of its second pre-dump's pages. */
    void failInRoundTwo() throws IOException {
        Files.createFile(folder.resolve("fail-pre-dump"));
    }

    /** Makes it stall in the middle of its second pre-dump's pages, until that file is deleted. */
    Path stallInRoundTwo() throws IOException {
        return Files.createFile(folder.resolve("stall-pre-dump"));
    }

    /** Whether it stalls. */
    boolean isStalled() {
        return Files.exists(folder.resolve("stalled"));
    }

    /** The memory in a folder of images and its parents. */
    static byte[] memoryIn(Path images, int pages) {
        Path parent = images.resolve("parent");
        byte[] memory =
                Files.exists(parent)
                        ? memoryIn(parent, pages)
                        : new byte[pages * Images.PAGE_BYTES];
        byte[] present = Images.onlyPages(images);
        int from = 0;
        for (Images.Run run : Images.runs(images.resolve(PAGEMAP))) {
            if (run.flags() == Images.PRESENT) {
                int bytes = (int) run.pages() * Images.PAGE_BYTES;
                System.arraycopy(present, from, memory, (int) (run.vaddr() - START), bytes);
                from += bytes;
            }
        }
        return memory;
    }
}
