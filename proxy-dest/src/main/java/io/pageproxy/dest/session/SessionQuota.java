package io.pageproxy.dest.session;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;

/**
 * Counts the bytes and images that one connection adds to a session, against the limits of the
 * command line and those of its peer. Each file counts {@value #FILE_BYTES} bytes in addition to
 * its content, since it needs an inode and, if it is small, a block. To be used on the session's
 * event loop.
 */
public final class SessionQuota {
    /** Bytes that a file counts in addition to its content. */
    static final int FILE_BYTES = 4096;

    /** The pagemap and the pages of one process or shared memory object. */
    private static final int FILES_OF_PAGES = 2;

    /**
     * The folder, its mark and the page server's log, which remain as long as there is an image.
     */
    private static final int FILES_OF_FOLDER = 3;

    private final DestLimits limits;
    private final SessionGrant grant;
    private long bytes;
    private int images;

    /** Creates an unused quota. */
    public SessionQuota(DestLimits limits, SessionGrant grant) {
        this.limits = limits;
        this.grant = grant;
    }

    /**
     * Counts bytes that are about to be written.
     *
     * @throws SessionException LIMIT_EXCEEDED if that exceeds a limit
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
     * Counts the images of a process or shared memory object that the page server is about to
     * create.
     *
     * @throws SessionException LIMIT_EXCEEDED if that exceeds a limit
     */
    public void countPagesImage() {
        countImage(images == 0 ? FILES_OF_FOLDER + FILES_OF_PAGES : FILES_OF_PAGES);
    }

    /**
     * Counts one of the other images, which is about to be created.
     *
     * @throws SessionException LIMIT_EXCEEDED if that exceeds a limit
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
