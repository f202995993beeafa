package io.pageproxy.status;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.pageproxy.http.HttpAnswer;
import io.pageproxy.status.StatusPages.Page;

/**
 * Answers one request, then waits for the client to close. Everything behind the request head, such
 * as a body or a second request, is read and dropped: closing a socket with unread data would reset
 * the connection and could lose the response.
 */
final class StatusHandler extends SimpleChannelInboundHandler<HttpObject> {
    static final int MAX_LINE_BYTES = 2 << 10;
    static final int MAX_HEADERS_BYTES = 8 << 10;

    private static final String ALLOWED = "GET, HEAD";

    private final HostHeaderCheck names;
    private final StatusPages pages;
    private boolean answered;

    StatusHandler(HostHeaderCheck names, StatusPages pages) {
        this.names = names;
        this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
        if (!answered && part instanceof HttpRequest request) {
            answered = true;
            answer(ctx, request);
        }
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest request) {
        Page page = page(request);
        HttpAnswer.send(
                ctx,
                page.status(),
                page.contentType(),
                page.text(),
                headers -> {
                    headers.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, page.policy())
                            .set("referrer-policy", "no-referrer")
                            .set("cross-origin-resource-policy", "same-origin");
                    if (page.status() == HttpResponseStatus.METHOD_NOT_ALLOWED.code()) {
                        headers.set(HttpHeaderNames.ALLOW, ALLOWED);
                    }
                });
    }

    private Page page(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return notHttp(request.decoderResult().cause());
        }
        if (!names.admit(request.headers().getAll(HttpHeaderNames.HOST))) {
            return error(
                    HttpResponseStatus.MISDIRECTED_REQUEST,
                    "this is for localhost, and the Host header names another host");
        }
        if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
            return error(HttpResponseStatus.METHOD_NOT_ALLOWED, "this can only be read: GET, HEAD");
        }
        return pages.at(request.uri().replaceFirst("\\?.*", ""));
    }

    private static Page notHttp(Throwable cause) {
        HttpResponseStatus status = HttpAnswer.statusOf(cause);
        if (status.equals(HttpResponseStatus.REQUEST_URI_TOO_LONG)) {
            return error(status, "the request's line has more than " + MAX_LINE_BYTES + " bytes");
        }
        if (status.equals(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)) {
            return error(status, "the headers have more than " + MAX_HEADERS_BYTES + " bytes");
        }
        return error(status, "this is no HTTP request");
    }

    private static Page error(HttpResponseStatus status, String why) {
        return new Page(status.code(), StatusPages.TEXT, why + "\n");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
