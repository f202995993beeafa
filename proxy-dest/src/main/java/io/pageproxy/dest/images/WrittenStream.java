package io.pageproxy.dest.images;

import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which page of one session's stream lies where in its images. Page servers number pages images one
 * by one as images are opened: CRIU 4.1 and the built-in page server from 1, CRIU 4.2.1 from 65537,
 * as seen; so the folder is asked for its least number. Pages are written in the order of the
 * stream; should a file hold others, the stream's checksum tells.
 *
 * <p>While the stream runs it belongs to its session's thread; once the images are whole it changes
 * no more, and any thread may read it.
 */
public final class WrittenStream {
    private static final Pattern PAGES_IMAGE = Pattern.compile("pages-(\\d{1,18})\\.img");

    private final Path folder;
    private final long firstIndex;

    /** By image, in the order in which they are opened: the number of its first page. */
    private long[] firstPages = new long[8];

    private int images;
    private long endIndex;

    /** The first pages image's number; 0 while it is not known. */
    private volatile long firstNumber;

    /** Of a stream whose first page has that number. */
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

    /** The number of the page that comes next. */
    long endIndex() {
        return endIndex;
    }

    /**
     * The image that holds a page: the last one that begins at or before it. Those that are empty
     * begin there too.
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

    /** The number of the first page behind an image. */
    long endOf(int image) {
        return image + 1 < images ? firstPages[image + 1] : endIndex;
    }

    /** The file with an image's pages. */
    Path fileOf(int image) throws IOException {
        if (firstNumber == 0) {
            firstNumber = leastNumber();
        }
        return folder.resolve(ImageFiles.pagesFileName(firstNumber + image));
    }

    private long leastNumber() throws IOException {
        return ImageFiles.all(folder, ImageFiles.PAGES_GLOB).stream()
                .map(file -> PAGES_IMAGE.matcher(file.getFileName().toString()))
                .filter(Matcher::matches)
                .mapToLong(name -> Long.parseLong(name.group(1)))
                .min()
                .orElseThrow(() -> new NoSuchFileException(folder + "/pages-*.img"));
    }
}
