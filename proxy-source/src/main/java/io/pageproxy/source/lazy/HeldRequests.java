package io.pageproxy.source.lazy;

import io.pageproxy.frame.Frame.Get;
import io.pageproxy.pagestream.PageRequest;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * Requests of the destination that CRIU has not received yet. CRIU answers in order, so what a task
 * waits for is passed on at once, and what is read ahead only while few requests are unanswered.
 * Used on the session's event loop.
 */
final class HeldRequests {
    /** Maximum number of requests that CRIU has while one that is read ahead is passed on. */
    static final int MOST_REQUESTS = 16;

    /** Maximum number of pages of them, so that a task does not wait behind long ones. */
    static final int MOST_PAGES = 32;

    private final Queue<PageRequest> demanded = new ArrayDeque<>();
    private final Queue<PageRequest> ahead = new ArrayDeque<>();
    private boolean filling;

    void add(Get get) {
        (get.demanded() ? demanded : ahead).add(get.request());
    }

    /**
     * Removes the request that CRIU should receive next, if it should receive one now. Those that
     * are read ahead are passed on several at a time: a packet for each page would cost more than
     * the page.
     *
     * @param unanswered number of requests that CRIU has not answered
     * @param pages number of pages of these
     */
    Optional<PageRequest> next(int unanswered, long pages) {
        if (!demanded.isEmpty()) {
            return Optional.of(demanded.remove());
        }
        if (unanswered <= MOST_REQUESTS / 2 && pages <= MOST_PAGES / 2) {
            filling = true;
        } else if (unanswered >= MOST_REQUESTS || pages >= MOST_PAGES) {
            filling = false;
        }
        return filling ? Optional.ofNullable(ahead.poll()) : Optional.empty();
    }

    int size() {
        return demanded.size() + ahead.size();
    }

    /** Forgets them: nobody wants their pages any more. */
    void clear() {
        demanded.clear();
        ahead.clear();
    }
}
