package io.pageproxy.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.pageproxy.http.Deadline;
import io.pageproxy.http.HttpAnswer;
import io.pageproxy.net.EventLoops;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one request, then waits for the client to close. What follows the request is read and
 * dropped. Jobs are begun on another thread, since their options name files.
 */
final class ControlHandler extends SimpleChannelInboundHandler<HttpObject> {
    static final int MAX_LINE_BYTES = 2 << 10;
    static final int MAX_HEADERS_BYTES = 8 << 10;

    /** Body of a request: the arguments of a command line. */
    static final int MAX_BODY_BYTES = 256 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);
    private static final String JSON = "application/json";
    private static final String JOBS = "/v1/jobs";
    private static final String HEALTH = "/v1/health";
    private static final String EVENTS = "/events";

    private final Jobs jobs;
    private final Supplier<Optional<String>> fault;
    private final Executor workers;
    private final Deadline deadline;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private HttpRequest request; // Null before it comes.
    private boolean answered;
    private EventStream stream; // Null unless events are sent.

    /**
     * @param fault why no job can be taken, if so
     * @param workers begin jobs
     */
    ControlHandler(
            Jobs jobs, Supplier<Optional<String>> fault, Executor workers, Deadline deadline) {
        this.jobs = jobs;
        this.fault = fault;
        this.workers = workers;
        this.deadline = deadline;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
        if (part instanceof HttpRequest head && request == null) {
            request = head;
            begin(ctx);
        }
        if (part instanceof HttpContent content && !answered) {
            add(ctx, content.content());
        }
        if (part instanceof LastHttpContent && !answered) {
            answered = true;
            answer(ctx);
        }
    }

    private void begin(ChannelHandlerContext ctx) {
        if (request.decoderResult().isFailure()) {
            HttpResponseStatus status = HttpAnswer.statusOf(request.decoderResult().cause());
            refuse(ctx, status.code(), "this is no HTTP request, or one that is too long");
        } else if (HttpUtil.is100ContinueExpected(request)) {
            ctx.writeAndFlush(
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    private void add(ChannelHandlerContext ctx, ByteBuf piece) {
        if (body.size() + piece.readableBytes() > MAX_BODY_BYTES) {
            refuse(
                    ctx,
                    HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE.code(),
                    "the body has more than " + MAX_BODY_BYTES + " bytes");
            return;
        }
        try {
            piece.getBytes(piece.readerIndex(), body, piece.readableBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e); // Impossible in memory.
        }
    }

    private void answer(ChannelHandlerContext ctx) {
        String path = request.uri().replaceFirst("\\?.*", "");
        if (path.equals(HEALTH)) {
            ifMethod(ctx, "GET", () -> sendHealth(ctx));
        } else if (path.equals(JOBS)) {
            if (HttpMethod.POST.equals(request.method())) {
                beginJob(ctx);
            } else {
                ifMethod(ctx, "GET, POST", () -> send(ctx, 200, JobJson.jobs(jobs.all())));
            }
        } else if (path.startsWith(JOBS + "/")) {
            ofJob(ctx, path.substring(JOBS.length() + 1));
        } else {
            refuse(ctx, 404, "there is nothing here: see docs/reference/control.yaml");
        }
    }

    /** Reads, unless the method is another. */
    private void ifMethod(ChannelHandlerContext ctx, String allowed, Runnable read) {
        if (HttpMethod.GET.equals(request.method())) {
            read.run();
        } else {
            refuseMethod(ctx, allowed);
        }
    }

    private void refuseMethod(ChannelHandlerContext ctx, String allowed) {
        answered = true;
        HttpAnswer.send(
                ctx,
                405,
                JSON,
                JobJson.fault("allowed here: " + allowed, OptionalInt.empty()) + "\n",
                headers -> headers.set(HttpHeaderNames.ALLOW, allowed));
    }

    private void sendHealth(ChannelHandlerContext ctx) {
        Optional<String> why = fault.get();
        send(ctx, why.isEmpty() ? 200 : 503, JobJson.health(why, jobs.running(), jobs.limit()));
    }

    private void ofJob(ChannelHandlerContext ctx, String rest) {
        boolean events = rest.endsWith(EVENTS);
        String id = events ? rest.substring(0, rest.length() - EVENTS.length()) : rest;
        Optional<Job> job = jobs.find(id);
        if (job.isEmpty()) {
            refuse(ctx, 404, "there is no such job, or it was over long ago");
        } else if (events) {
            ifMethod(ctx, "GET", () -> stream(ctx, job.get()));
        } else if (HttpMethod.DELETE.equals(request.method())) {
            boolean runs = job.get().state() != Job.State.OVER;
            job.get().stop();
            send(ctx, runs ? 202 : 200, JobJson.job(job.get()));
        } else {
            ifMethod(ctx, "GET, DELETE", () -> send(ctx, 200, JobJson.job(job.get())));
        }
    }

    private void stream(ChannelHandlerContext ctx, Job job) {
        String last = request.headers().get("Last-Event-ID", "0");
        long seen = last.matches("\\d{1,18}") ? Long.parseLong(last) : 0;
        stream = new EventStream(ctx, job.events(), deadline, seen);
        stream.start();
    }

    private void beginJob(ChannelHandlerContext ctx) {
        deadline.stop();
        String text = body.toString(UTF_8);
        try {
            workers.execute(() -> beginJob(ctx, text));
        } catch (RejectedExecutionException closing) {
            refuse(ctx, 503, "the resident source ends");
        }
    }

    private void beginJob(ChannelHandlerContext ctx, String text) {
        Runnable answer;
        try {
            Job job = jobs.begin(JobRequest.parse(text));
            String json = JobJson.job(job);
            answer =
                    () ->
                            send(
                                    ctx,
                                    201,
                                    json,
                                    headers ->
                                            headers.set(
                                                    HttpHeaderNames.LOCATION,
                                                    JOBS + "/" + job.id()));
        } catch (JobRefusedException e) {
            String fault = JobJson.fault(e.getMessage(), e.exitCode());
            answer = () -> send(ctx, e.status(), fault);
        } catch (RuntimeException | Error e) {
            LOG.error("internal error, please report it", e);
            answer = () -> refuse(ctx, 500, "internal error of pageproxy: " + e);
        }
        EventLoops.tryExecute(ctx.channel().eventLoop(), answer);
    }

    private void refuse(ChannelHandlerContext ctx, int status, String message) {
        answered = true;
        send(ctx, status, JobJson.fault(message, OptionalInt.empty()));
    }

    private void send(ChannelHandlerContext ctx, int status, String json) {
        send(ctx, status, json, headers -> {});
    }

    private void send(
            ChannelHandlerContext ctx, int status, String json, Consumer<HttpHeaders> headers) {
        deadline.restart();
        HttpAnswer.send(ctx, status, JSON, json + "\n", headers);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (stream != null) {
            stream.wake(); // Not here: this may be called in the middle of a write.
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
