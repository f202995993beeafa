package io.pageproxy.tunnel;

/** Names of all handlers in all pipelines. */
public final class HandlerNames {
    public static final String WIRE_COUNTER = "wire-counter";
    public static final String TLS = "tls";
    public static final String ARRIVALS = "arrivals";
    public static final String FRAME_DECODER = "frame-decoder";
    public static final String FRAME_ENCODER = "frame-encoder";
    public static final String KEEPALIVE = "keepalive";
    public static final String PEER_RECHECK = "peer-recheck";
    public static final String TUNNEL = "tunnel";
    public static final String DUMPER_SILENCE = "dumper-silence";
    public static final String DUMPER = "dumper";
    public static final String KEPT_DUMPER = "kept-dumper";
    public static final String PAGE_SERVER = "page-server";
    public static final String LAZY_PAGES = "lazy-pages";
    public static final String SYNC = "sync";
    public static final String HTTP = "http";
    public static final String STATUS = "status";
    public static final String CONTROL = "control";

    private HandlerNames() {}
}
