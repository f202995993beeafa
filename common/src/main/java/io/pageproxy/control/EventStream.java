package io.pageproxy.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.pageproxy.control.JobEvents.Event;
import io.pageproxy.control.JobEvents.Progress;
import io.pageproxy.http.Deadline;
import io.pageproxy.http.HttpAnswer;
import io.pageproxy.net.EventLoops;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends the events of a job as Server-Sent Events until the job is over. It takes the next event
 * when the client's socket has room, so that a slow client costs no memory: it misses progress, and
 * if it falls far behind it is told how many events it has missed. Confined to the event loop of
 * the connection, except for {@link #wake}.
 */
final class EventStream {
    private static final String CONTENT_TYPE = "text/event-stream";

    private final ChannelHandlerContext ctx;
    private final JobEvents events;
    private final Deadline deadline;
    private final Runnable reader = this::wake;
    private final AtomicBoolean woken = new AtomicBoolean();
    private long seenId;
    private long seenProgress;
    private boolean over;

    /**
     * @param seenId number of the last event that the client has seen; 0: none
     */
    EventStream(ChannelHandlerContext ctx, JobEvents events, Deadline deadline, long seenId) {
        this.ctx = ctx;
        this.events = events;
        this.deadline = deadline;
        this.seenId = seenId;
    }

    void start() {
        deadline.stop();
        HttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpAnswer.setHeaders(response.headers(), CONTENT_TYPE);
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        events.addReader(reader);
        ctx.channel().closeFuture().addListener(closed -> events.removeReader(reader));
        pump();
    }

    /** There is something new, or room; any thread. */
    void wake() {
        if (woken.compareAndSet(false, true)) {
            EventLoops.tryExecute(ctx.channel().eventLoop(), this::pump);
        }
    }

    /** Sends what there is, as long as there is room. */
    private void pump() {
        woken.set(false);
        while (!over && ctx.channel().isActive() && ctx.channel().isWritable() && sendNext()) {}
        ctx.flush();
    }

    /** Sends one event; false if there is none now. */
    private boolean sendNext() {
        Optional<Event> next = events.after(seenId);
        Progress progress = events.progress();
        if (next.isPresent()) {
            send(next.get());
            return true;
        }
        if (events.endsAt(seenId)) {
            end();
            return false;
        }
        if (progress.version() > seenProgress) {
            seenProgress = progress.version();
            write("event: progress\ndata: " + progress.data() + "\n\n");
            return true;
        }
        return false;
    }

    private void send(Event event) {
        long missed = event.id() - seenId - 1;
        if (missed > 0) {
            write("event: missed\ndata: {\"events\":" + missed + "}\n\n");
        }
        seenId = event.id();
        write(
                "id: "
                        + event.id()
                        + "\nevent: "
                        + event.type()
                        + "\ndata: "
                        + event.data()
                        + "\n\n");
    }

    private void write(String text) {
        ctx.write(new DefaultHttpContent(Unpooled.wrappedBuffer(text.getBytes(UTF_8))))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void end() {
        over = true;
        events.removeReader(reader);
        deadline.restart();
        ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE)
                .addListener(sent -> ((DuplexChannel) ctx.channel()).shutdownOutput());
    }
}
