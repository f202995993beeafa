package io.pageproxy.dest.policy;

import java.util.List;

/**
 * What one session may do, from its admission to its end; the policy's later changes do not touch
 * it. To be used on the session's event loop.
 */
public interface SessionGrant {
    /** No limit, nothing to give back. */
    SessionGrant UNLIMITED =
            new SessionGrant() {
                @Override
                public List<String> pageServerArguments() {
                    return List.of();
                }

                @Override
                public boolean lazy() {
                    return true;
                }

                @Override
                public boolean restore() {
                    return true;
                }

                @Override
                public void count(long bytes) {}

                @Override
                public void countImage() {}

                @Override
                public void giveBack() {}
            };

    /** Further arguments of its page server. */
    List<String> pageServerArguments();

    /** Whether it may be a lazy one. */
    boolean lazy();

    /** Whether the tree may be restored from its images. */
    boolean restore();

    /**
     * One more image is about to be made.
     *
     * @throws io.pageproxy.session.SessionException LIMIT_EXCEEDED where that is one too many
     */
    void countImage();

    /**
     * So much more of its plain stream, or of its other files, has come, and has not gone on yet.
     *
     * @throws io.pageproxy.session.SessionException LIMIT_EXCEEDED where that is too much
     */
    void count(long bytes);

    /** The session is over; to be called once. */
    void giveBack();
}
