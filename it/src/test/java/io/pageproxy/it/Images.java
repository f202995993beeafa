package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the images of a page server independently of the proxies' reader, which is under test. The
 * format is CRIU's {@code images/pagemap.proto}.
 */
final class Images {
    static final int PAGE_BYTES = 4096;
    static final int PARENT = 1;
    static final int PRESENT = 4;

    private static final int HEADER_BYTES = 8;

    private Images() {}

    /** A range of a pagemap. */
    record Run(long vaddr, long pages, int flags) {}

    private record Pagemap(long pagesId, List<Run> runs) {}

    /** The ranges of an image such as {@code pagemap-7.img}. */
    static List<Run> runs(Path pagemap) {
        return read(pagemap).runs();
    }

    /** Whether a folder contains the mark of an unsuccessful session. */
    static boolean isMarked(Path folder) {
        return Files.exists(folder.resolve(".incomplete"));
    }

    /** Asserts that a failed session's images are marked or deleted. */
    static void assertMarkedOrGone(Path folder) {
        assertThat(isMarked(folder) || pagemaps(folder).isEmpty())
                .as("%s is marked or has no images", folder)
                .isTrue();
    }

    /** Asserts that no folder at or below a path contains unmarked incomplete images. */
    static void assertNoUnmarkedIncompleteImages(Path top) {
        try (Stream<Path> all = Files.walk(top)) {
            all.filter(Files::isDirectory)
                    .filter(folder -> !isMarked(folder))
                    .forEach(Images::assertComplete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asserts that every pagemap in a folder has all of its pages. */
    static void assertComplete(Path folder) {
        for (Path file : pagemaps(folder)) {
            Pagemap pagemap = read(file);
            long present =
                    pagemap.runs().stream()
                            .filter(run -> (run.flags() & PRESENT) != 0)
                            .mapToLong(Run::pages)
                            .sum();
            assertThat(folder.resolve("pages-" + pagemap.pagesId() + ".img"))
                    .hasSize(present * PAGE_BYTES);
        }
    }

    /** Content of the only pages image in a folder. */
    static byte[] onlyPages(Path folder) {
        List<Path> files = list(folder, "pages-");
        assertThat(files).hasSize(1);
        try {
            return Files.readAllBytes(files.get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Current size of all pages images in a folder; 0 if there are none. */
    static long pagesBytes(Path folder) {
        return list(folder, "pages-").stream().mapToLong(Images::size).sum();
    }

    /** Waits until pages have started to arrive in a folder. */
    static void awaitPages(Path folder, long bytes) {
        await().alias(bytes + " bytes of pages in " + folder)
                .atMost(Command.TIMEOUT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> pagesBytes(folder) >= bytes);
    }

    /** All images, of pages and of what lists them. */
    static List<Path> all(Path folder) {
        return Stream.of("pagemap-", "pages-")
                .flatMap(start -> list(folder, start).stream())
                .toList();
    }

    static List<Path> pagemaps(Path folder) {
        return list(folder, "pagemap-");
    }

    private static List<Path> list(Path folder, String start) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(start)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Pagemap read(Path file) {
        ByteBuffer in;
        try {
            in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(in.remaining()).as("bytes of %s", file).isGreaterThan(HEADER_BYTES);
        in.position(HEADER_BYTES);
        long pagesId = message(in)[1];
        List<Run> runs = new ArrayList<>();
        while (in.hasRemaining()) {
            long[] entry = message(in);
            runs.add(new Run(entry[1], Math.max(entry[2], entry[5]), (int) entry[4]));
        }
        return new Pagemap(pagesId, runs);
    }

    /** Reads a length and a protobuf message of varints; returns the values by field number. */
    private static long[] message(ByteBuffer in) {
        int bytes = in.getInt();
        int end = in.position() + bytes;
        long[] fields = new long[8];
        while (in.position() < end) {
            int tag = (int) varint(in);
            assertThat(tag & 7).as("wire type").isZero();
            fields[tag >>> 3] = varint(in);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
