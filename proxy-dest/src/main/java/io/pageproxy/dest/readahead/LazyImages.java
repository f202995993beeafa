package io.pageproxy.dest.readahead;

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

/** Reads from the images of a lazy dump which pages were left at the source. */
public final class LazyImages {
    private static final Pattern OF_PROCESS = Pattern.compile("pagemap-([0-9]{1,10})\\.img");

    private LazyImages() {}

    /**
     * Consecutive pages of one process that the source has.
     *
     * @param dstId the process, as in the daemon's requests
     * @param vaddr address of the first page, in bytes
     * @param nrPages how many there are
     */
    public record Run(long dstId, long vaddr, long nrPages) {}

    /**
     * Reads the pagemaps of all processes in a folder, up to 65,536 runs; blocks.
     *
     * @throws UncheckedIOException if the folder or a pagemap cannot be read
     * @throws PagemapException if a pagemap is not valid
     */
    public static List<Run> read(Path folder) {
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
