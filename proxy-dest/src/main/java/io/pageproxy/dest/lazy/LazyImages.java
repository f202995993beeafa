package io.pageproxy.dest.lazy;

import io.pageproxy.dest.pagemap.PagemapException;
import io.pageproxy.dest.pagemap.PagemapReader;
import io.pageproxy.pagestream.PageFlags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The images of a lazy dump: they tell which pages the source has kept. */
final class LazyImages {
    private static final Pattern OF_PROCESS = Pattern.compile("pagemap-([0-9]{1,10})\\.img");

    private LazyImages() {}

    /**
     * Pages that the source has.
     *
     * @param dstId whose, as the daemon says it
     * @param vaddr of the first, in bytes
     */
    record Run(long dstId, long vaddr, long nrPages) {}

    /**
     * Reads the pagemaps of all processes in a folder, up to {@link ProcessPages#MAX_RUNS} runs.
     *
     * @throws UncheckedIOException where there is no such folder, or one cannot be read
     * @throws PagemapException where one is no whole pagemap
     */
    static List<Run> read(Path folder) {
        List<Run> runs = new ArrayList<>();
        PagemapReader reader = new PagemapReader();
        try (DirectoryStream<Path> images = Files.newDirectoryStream(folder, "pagemap-*.img")) {
            for (Path image : images) {
                Matcher name = OF_PROCESS.matcher(image.getFileName().toString());
                if (name.matches()) {
                    long dstId = Long.parseLong(name.group(1));
                    reader.read(
                            image,
                            (flags, vaddr, nrPages) -> {
                                if ((flags & PageFlags.LAZY) != 0
                                        && vaddr >= 0
                                        && runs.size() < ProcessPages.MAX_RUNS) {
                                    runs.add(new Run(dstId, vaddr, nrPages));
                                }
                            });
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.toString(), e);
        }
        return runs;
    }
}
