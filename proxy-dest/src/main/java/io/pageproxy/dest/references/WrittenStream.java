package io.pageproxy.dest.references;

import io.pageproxy.dest.images.ImageFiles;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps the pages of one session's stream to their location in its images. Page servers number pages
 * images consecutively as images are opened: CRIU 4.1 and the built-in page server from 1, CRIU
 * 4.2.1 from 65537 (observed); therefore the lowest number in the folder is used. Pages are written
 * in stream order; if a file contained others, the stream's checksum would not match.
 *
 * <p>While the stream is active, this belongs to its session's thread; once the images are complete
 * it is immutable, and any thread may read it.
 */
public final class WrittenStream {
    private static final Pattern PAGES_IMAGE = Pattern.compile("pages-(\\d{1,18})\\.img");

    private final Path folder;
    private final long firstIndex;

    /** Number of each image's first page, in the order in which images are opened. */
    private long[] firstPages = new long[8];

    private int images;
    private long endIndex;

    /** Number of the first pages image; 0 while unknown. */
    private volatile long firstNumber;

    /** Creates a stream whose first page has the given number. */
    WrittenStream(Path folder, long firstIndex) {
        this.folder = folder;
        this.firstIndex = firstIndex;
        this.endIndex = firstIndex;
    }

    void onRecord(PageRecord page) {
        if (page.command() == PageCommand.OPEN2) {
            if (images == firstPages.length) {
                firstPages = Arrays.copyOf(firstPages, 2 * images);
            }
            firstPages[images++] = endIndex;
        } else if (page.hasPayload()) {
            endIndex += page.nrPages();
        }
    }

    Path folder() {
        return folder;
    }

    long firstIndex() {
        return firstIndex;
    }

    /** Number of the next page. */
    long endIndex() {
        return endIndex;
    }

    /**
     * Returns the image that contains a page: the last one that starts at or before it. Empty
     * images start there too.
     */
    int imageOf(long index) {
        int found = Arrays.binarySearch(firstPages, 0, images, index);
        int image = found >= 0 ? found : -found - 2;
        while (image + 1 < images && firstPages[image + 1] <= index) {
            image++;
        }
        return image;
    }

    long firstPageOf(int image) {
        return firstPages[image];
    }

    /** Number of the first page behind an image. */
    long endOf(int image) {
        return image + 1 < images ? firstPages[image + 1] : endIndex;
    }

    /** Returns the file with an image's pages. */
    Path fileOf(int image) throws IOException {
        if (firstNumber == 0) {
            firstNumber = lowestNumber();
        }
        return folder.resolve(ImageFiles.pagesFileName(firstNumber + image));
    }

    private long lowestNumber() throws IOException {
        return ImageFiles.all(folder, ImageFiles.PAGES_GLOB).stream()
                .map(file -> PAGES_IMAGE.matcher(file.getFileName().toString()))
                .filter(Matcher::matches)
                .mapToLong(name -> Long.parseLong(name.group(1)))
                .min()
                .orElseThrow(() -> new NoSuchFileException(folder + "/pages-*.img"));
    }
}
