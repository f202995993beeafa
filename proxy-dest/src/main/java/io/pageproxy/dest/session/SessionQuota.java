package io.pageproxy.dest.session;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;

/**
 * Counts what one connection brings for the images of a session, by the limits of the command line
 * and of its peer: bytes, and images. Each file counts as {@value #FILE_BYTES} bytes besides its
 * content, since it takes an inode and, where it is small, a block. To be used on the session's
 * event loop.
 */
public final class SessionQuota {
    /** What a file counts besides its content. */
    static final int FILE_BYTES = 4096;

    /** The pagemap and the pages of one process or shared memory object. */
    private static final int FILES_OF_PAGES = 2;

    /** The folder, its mark and the page server's log: they stay where there is an image. */
    private static final int FILES_OF_FOLDER = 3;

    private final DestLimits limits;
    private final SessionGrant grant;
    private long bytes;
    private int images;

    /** Nothing yet of what these limits and that peer's let it bring. */
    public SessionQuota(DestLimits limits, SessionGrant grant) {
        this.limits = limits;
        this.grant = grant;
    }

    /**
     * So much more is about to be written.
     *
     * @throws SessionException LIMIT_EXCEEDED where that is too much
     */
    public void count(long moreBytes) {
        bytes += moreBytes;
        if (bytes < 0 || bytes > limits.sessionBytes()) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the session is longer than the destination's --max-session-bytes %d, where each file counts %d besides its content"
                            .formatted(limits.sessionBytes(), FILE_BYTES));
        }
        grant.count(moreBytes);
    }

    /**
     * The page server is about to make the images of one more process or shared memory object.
     *
     * @throws SessionException LIMIT_EXCEEDED where that is too much
     */
    public void countPagesImage() {
        countImage(images == 0 ? FILES_OF_FOLDER + FILES_OF_PAGES : FILES_OF_PAGES);
    }

    /**
     * One of the other images is about to be made.
     *
     * @throws SessionException LIMIT_EXCEEDED where that is too much
     */
    public void countFile() {
        countImage(1);
    }

    private void countImage(int files) {
        images++;
        if (images > limits.sessionImages()) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the session has more images than the destination's --max-session-images "
                            + limits.sessionImages());
        }
        grant.countImage();
        count((long) files * FILE_BYTES);
    }
}
