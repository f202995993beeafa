package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.readahead.LazyImages;
import io.pageproxy.dest.readahead.ReadAhead;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.pagestream.LazyReplies;
import io.pageproxy.pagestream.LazyReplyListener;
import io.pageproxy.pagestream.LazyRequests;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests and pages of one lazy session: parses what the daemon requests, requests it and
 * further pages from the source, validates the blocks that answer, and answers the daemon. The
 * session decides when.
 *
 * <pre>
 *   daemon --GET--> LazyRequests --> ReadAhead --GET--> source
 *   daemon <--ADD_F, pages-- ReadAhead <-- LazyReplies <-- BlockDecoder <--BLOCK-- source
 * </pre>
 *
 * <p>On the session's event loop; {@link #close} frees native memory and the pages that are held.
 */
final class LazyPageTraffic implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LazyPageTraffic.class);

    private final boolean readsAhead;
    private final SessionGrant grant;
    private final Tunnel tunnel;
    private final LazyRequests requests;
    private final LazyReplies replies;
    private final ReadAhead readAhead;
    private final BlockDecoder decoder;
    private LazyDaemon daemon;
    private boolean closed;

    LazyPageTraffic(RecordLayout layout, DestConfig config, SessionGrant grant, Tunnel tunnel) {
        int pageSizeBytes = config.host().pageSizeBytes();
        long readAheadBytes = config.limits().readAheadBytes();
        this.readsAhead = readAheadBytes > 0;
        this.grant = grant;
        this.tunnel = tunnel;
        this.requests = new LazyRequests(layout, pageSizeBytes);
        this.replies = new LazyReplies(layout, pageSizeBytes);
        this.readAhead =
                new ReadAhead(
                        layout,
                        pageSizeBytes,
                        ReadAhead.pagesIn(readAheadBytes, pageSizeBytes),
                        tunnel.channel().alloc(),
                        this::requestFromSource,
                        this::answerDaemon,
                        System::nanoTime);
        this.decoder = new BlockDecoder(pageSizeBytes, LazyPageTraffic::refuseReference);
    }

    private static void refuseReference(long firstIndex, int pages, ByteBuf to) {
        throw new SessionException(
                CloseReason.TUNNEL_PROTOCOL, "a lazy session's block refers to earlier pages");
    }

    /** Answers go to this daemon. */
    void begin(LazyDaemon started) {
        daemon = started;
    }

    /**
     * Reads the images of the daemon on a worker, to learn which pages the source has. If that
     * fails, the daemon is served without them. May be called again, if there may be more.
     */
    void readAheadOf(Path images, Workers workers) {
        if (readsAhead) {
            workers.run(
                    () -> LazyImages.read(images),
                    this::onImagesRead,
                    failure -> onImagesNotRead(images, failure));
        }
    }

    private void onImagesRead(List<LazyImages.Run> runs) {
        if (daemonTakesPages()) {
            runs.forEach(run -> readAhead.know(run.dstId(), run.vaddr(), run.nrPages()));
            readAhead.settle();
            tunnel.flush();
        }
    }

    private static void onImagesNotRead(Path images, Throwable failure) {
        LOG.warn(
                "the images in {} cannot be read, so that little can be read ahead: {}",
                images,
                FailureText.of(failure));
    }

    /**
     * Takes requests of the daemon.
     *
     * @param in read to its end; owned by the caller
     * @return whether the daemon has sent CLOSE
     * @throws PageStreamException if the daemon sent something else
     */
    boolean onRequests(ByteBuf in) {
        requests.read(in, readAhead::onRequest);
        tunnel.flush();
        return requests.closed();
    }

    /**
     * Takes a block from the source.
     *
     * @param block this method releases its content
     * @throws SessionException TUNNEL_PROTOCOL if it contains anything that was not requested
     */
    void onBlock(Block block) {
        ByteBuf plain = decoder.decode(block, tunnel.channel().alloc());
        try {
            grant.count(plain.readableBytes());
            replies.read(plain, daemonTakesPages() ? readAhead : LazyReplyListener.NONE);
            if (plain.isReadable()) {
                throw new SessionException(
                        CloseReason.TUNNEL_PROTOCOL,
                        "the source sent pages that were not requested");
            }
            if (daemonTakesPages()) {
                readAhead.settle();
                tunnel.flush();
            }
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, e.getMessage());
        } finally {
            plain.release();
        }
    }

    private boolean daemonTakesPages() {
        return !closed && !requests.closed();
    }

    private void requestFromSource(PageRequest request, boolean demanded) {
        if (demanded) {
            replies.demanded(request);
        } else {
            replies.asked(request);
        }
        tunnel.write(new Get(request, demanded));
    }

    private void answerDaemon(ByteBuf answer) {
        if (!daemon.send(answer)) {
            tunnel.setReading(false);
        }
    }

    /** Whether pages have come and no request is unanswered. */
    boolean allAnswered() {
        return readAhead.isIdle() && replies.totals().pages() > 0;
    }

    StreamTotals totals() {
        return replies.totals();
    }

    CodingTotals coding() {
        return decoder.totals();
    }

    @Override
    public void close() {
        closed = true;
        decoder.close();
        readAhead.close();
        LOG.info(
                "{} requests of criu lazy-pages, {} of them answered by read-ahead",
                readAhead.requests(),
                readAhead.foundHere());
    }
}
