package io.pageproxy.dest.push;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.pageserver.PageServerLink;
import io.pageproxy.dest.pageserver.PageServerListener;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.StallWatch;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The page server of one session, from its start to its exit: what it sends is answers while the
 * stream is open and one status after CLOSE, it may not stall while the session waits for it, and
 * its exit counts once all that it has sent was read. For the session's event loop.
 *
 * <pre>
 *   IDLE --stream opens--> STREAMING --CLOSE is sent--> CLOSING --status 0--> CLOSED
 * </pre>
 */
final class PageServerSupervisor implements PageServerListener {
    /** How long after its exit the socket is read for what the page server has still sent. */
    private static final Duration LAST_BYTES_TIMEOUT = Duration.ofSeconds(5);

    private enum State {
        IDLE,
        STREAMING,
        CLOSING,
        CLOSED
    }

    /** Receives the events of a page server on the session's event loop. */
    interface Listener {
        /** The page server has answered the dumper. */
        void onAnswer(Answer answer);

        /** The page server reads as fast as it is written to, or no longer. */
        void onPageServerWritable(boolean writable);

        /**
         * The page server has exited.
         *
         * @param completed whether it has finished its images: it sent its status after CLOSE, and
         *     exited with 0
         */
        void onPageServerExit(ExitStatus exit, boolean completed);

        /** The page server cannot be used any more, so the session fails. */
        void fail(CloseReason reason, String message);
    }

    private final SessionImages images;
    private final EventLoop loop;
    private final Duration timeout;
    private final Listener listener;
    private final PageServerLink link;
    private State state = State.IDLE;

    /**
     * Takes over the socket of a page server that has been started.
     *
     * @param timeout how long it may do nothing while the session waits for it
     */
    PageServerSupervisor(
            SessionImages images, EventLoop loop, Duration timeout, Listener listener) {
        this.images = images;
        this.loop = loop;
        this.timeout = timeout;
        this.listener = listener;
        this.link = new PageServerLink(images.takeSocket(), loop, this);
    }

    /**
     * Starts to listen for its exit.
     *
     * @param onUp is run when the page server can be written to
     */
    void begin(Runnable onUp) {
        Reactions.when(images.exit(), loop, this::onExit, this::onExitUnknown);
        link.up()
                .addListener(
                        up -> {
                            if (up.isSuccess()) {
                                onUp.run();
                            } else {
                                listener.fail(
                                        CloseReason.LOCAL_FAILURE,
                                        "the page server's socket cannot be watched");
                            }
                        });
    }

    /** The connection to it. */
    PageServerLink link() {
        return link;
    }

    /**
     * The stream begins. From now on a page server that stalls has failed: the tasks stay frozen at
     * the source for as long as the session waits for it.
     *
     * @param workers read /proc
     * @param over completes when the session is over
     */
    void open(Executor workers, CompletableFuture<?> over) {
        state = State.STREAMING;
        new StallWatch(
                        timeout,
                        loop,
                        workers,
                        images::activity,
                        link::isAwaited,
                        link::waitingBytes,
                        this::onStall)
                .watchUntil(CompletableFuture.anyOf(over, images.exit()));
    }

    /** Sends the CLOSE that was kept back. */
    void sendClose() {
        state = State.CLOSING;
        link.sendClose();
    }

    @Override
    public void onPageServerBytes(ByteBuf in) {
        try {
            if (state == State.STREAMING) {
                listener.onAnswer(link.answer(in));
            } else if (state == State.CLOSING
                    && in.readableBytes() == Integer.BYTES
                    && in.readIntLE() == 0) {
                state = State.CLOSED;
            } else {
                listener.fail(
                        CloseReason.PAGE_SERVER_FAILED, "the page server did not report success");
            }
        } catch (SessionException e) {
            listener.fail(e.reason(), e.getMessage());
        }
    }

    @Override
    public void onPageServerWritable(boolean writable) {
        listener.onPageServerWritable(writable);
    }

    private void onStall(Duration idle) {
        boolean closed = state == State.CLOSING || state == State.CLOSED;
        listener.fail(
                CloseReason.PAGE_SERVER_FAILED,
                "the page server has done nothing for "
                        + idle.toSeconds()
                        + " s"
                        + (closed ? " after CLOSE, and has not exited" : "")
                        + ": it is killed (--page-server-timeout "
                        + timeout.toSeconds()
                        + "s)");
    }

    private void onExitUnknown(Throwable cause) {
        listener.fail(
                CloseReason.PAGE_SERVER_FAILED,
                "the exit status of the page server is not known: " + FailureText.of(cause));
    }

    /** Its last bytes may still be in the socket when its exit is known; they are read first. */
    private void onExit(ExitStatus exit) {
        link.closed()
                .addListener(
                        closed ->
                                listener.onPageServerExit(
                                        exit, exit.success() && state == State.CLOSED));
        loop.schedule(link::close, LAST_BYTES_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Closes our end of the socket; a page server in mid-stream then fails and exits. */
    void close() {
        link.close();
    }
}
