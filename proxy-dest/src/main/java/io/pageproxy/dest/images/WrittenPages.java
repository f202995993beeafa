package io.pageproxy.dest.images;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads pages of the session back from the images that the page server has written, most often out
 * of the page cache. Page servers number pages images one by one as images are opened: CRIU 4.1 and
 * the built-in page server from 1, CRIU 4.2.1 from 65537, as seen; so the folder is asked for its
 * least number. Pages are written in the order of the stream; should a file hold others, the
 * stream's checksum tells.
 *
 * <p>Not thread-safe: one session, one thread. {@link #close} closes the files.
 */
public final class WrittenPages implements EarlierPages, AutoCloseable {
    /**
     * How far back a page must lie to be in its file for certain: more than fits into our write
     * buffer, the socket pair and the page server's own pipe together.
     */
    public static final long LEAST_DISTANCE_BYTES = 8L << 20;

    private static final Pattern PAGES_IMAGE = Pattern.compile("pages-(\\d{1,18})\\.img");

    private final int pageSizeBytes;
    private Path folder;

    /** By image in the order of their opening: the number of its first page. */
    private long[] firstPages = new long[8];

    private int images;
    private long pages;

    /** The first pages image's number; 0 while it is not known. */
    private long firstNumber;

    private int openImage = -1;
    private FileChannel open;

    /** Of a session with pages of that size. */
    public WrittenPages(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    /** The page server writes there. */
    public void in(Path imagesFolder) {
        folder = imagesFolder;
    }

    /** Takes down a record that the parser has let pass. */
    public void onRecord(PageRecord page) {
        if (page.command() == PageCommand.OPEN2) {
            if (images == firstPages.length) {
                firstPages = Arrays.copyOf(firstPages, 2 * images);
            }
            firstPages[images++] = pages;
        } else if (page.hasPayload()) {
            pages += page.nrPages();
        }
    }

    @Override
    public void append(long firstIndex, int count, ByteBuf to) {
        if (firstIndex > pages - count - LEAST_DISTANCE_BYTES / pageSizeBytes) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a reference to page "
                            + firstIndex
                            + ", less than "
                            + LEAST_DISTANCE_BYTES
                            + " bytes before page "
                            + pages);
        }
        long index = firstIndex;
        int left = count;
        while (left > 0) {
            int image = imageOf(index);
            long endOfImage = image + 1 < images ? firstPages[image + 1] : pages;
            int here = (int) Math.min(left, endOfImage - index);
            read(image, (index - firstPages[image]) * pageSizeBytes, here * pageSizeBytes, to);
            index += here;
            left -= here;
        }
    }

    /** The last one that begins at or before that page; those that are empty begin there too. */
    private int imageOf(long index) {
        int found = Arrays.binarySearch(firstPages, 0, images, index);
        int image = found >= 0 ? found : -found - 2;
        while (image + 1 < images && firstPages[image + 1] <= index) {
            image++;
        }
        return image;
    }

    private void read(int image, long fileOffset, int lengthBytes, ByteBuf to) {
        try {
            if (image != openImage) {
                open(image);
            }
            long offset = fileOffset;
            int left = lengthBytes;
            while (left > 0) {
                int got = to.writeBytes(open, offset, left);
                if (got <= 0) {
                    throw new SessionException(
                            CloseReason.PAGE_SERVER_FAILED,
                            imageFile(image)
                                    + " ends at "
                                    + offset
                                    + ", before a page that was sent long ago");
                }
                offset += got;
                left -= got;
            }
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("closed while in use", e);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "a page that is referred to cannot be read back: " + e.getMessage());
        }
    }

    private void open(int image) throws IOException {
        close();
        if (firstNumber == 0) {
            firstNumber = leastNumber();
        }
        open = FileChannel.open(imageFile(image), StandardOpenOption.READ);
        openImage = image;
    }

    private Path imageFile(int image) {
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

    @Override
    public void close() {
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new IllegalStateException("a file opened for reading does not close", e);
            }
            open = null;
            openImage = -1;
        }
    }
}
