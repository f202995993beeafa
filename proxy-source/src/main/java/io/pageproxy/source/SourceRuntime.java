package io.pageproxy.source;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.codec.Compressors;
import io.pageproxy.codec.NativeCodecs;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.source.adaptive.SharedLink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What outlives the sessions of a source: event loops, compressor threads, codecs, and what was
 * learned of the links. A command has one of its own; a resident source has one that all its jobs
 * share. Thread-safe.
 */
public final class SourceRuntime implements AutoCloseable {
    /** Destinations whose links are remembered; the one used least recently is forgotten. */
    static final int MAX_LINKS = 64;

    private static final long CLOSE_SECONDS = 2;

    private final int pageLoopCount;
    private final Compressors compressors;
    private final Map<Endpoint, SharedLink> links = new RecentLinks();
    private final List<EventLoopGroup> groups = new ArrayList<>();
    private EventLoopGroup pageLoops;
    private EventLoopGroup fileLoop;
    private EventLoopGroup lazyLoops;

    private SourceRuntime(int pageLoopCount) {
        NativeCodecs.load();
        this.pageLoopCount = pageLoopCount;
        int processors = Runtime.getRuntime().availableProcessors();
        this.compressors = new Compressors(ByteBufAllocator.DEFAULT, processors);
    }

    /** A runtime for one configuration. Its threads start when they are needed. */
    public static SourceRuntime of(SourceConfig config) {
        return new SourceRuntime(config.eventLoops());
    }

    /** A runtime for lazy sessions only, one after the other. */
    public static SourceRuntime ofLazySessions() {
        return new SourceRuntime(1);
    }

    /**
     * A runtime for jobs of any kind. Its event loops run when this returns, and so belong to no
     * job.
     */
    public static SourceRuntime shared() {
        SourceRuntime runtime = new SourceRuntime(Runtime.getRuntime().availableProcessors());
        for (EventLoopGroup group :
                List.of(runtime.pageLoops(), runtime.fileLoop(), runtime.lazyLoops())) {
            group.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
        }
        return runtime;
    }

    /** Event loops of push sessions and their lanes. */
    public synchronized EventLoopGroup pageLoops() {
        pageLoops = pageLoops == null ? group("source", pageLoopCount) : pageLoops;
        return pageLoops;
    }

    /** The event loop of the connections that carry a migration's files and its commit. */
    public synchronized EventLoopGroup fileLoop() {
        fileLoop = fileLoop == null ? group("files", 1) : fileLoop;
        return fileLoop;
    }

    /** Event loops of lazy sessions. */
    public synchronized EventLoopGroup lazyLoops() {
        lazyLoops = lazyLoops == null ? group("lazy-source", pageLoopCount) : lazyLoops;
        return lazyLoops;
    }

    private EventLoopGroup group(String name, int threads) {
        EventLoopGroup group = EventLoops.create(name, threads);
        groups.add(group);
        return group;
    }

    /** The pool that compresses blocks. */
    Compressors compressors() {
        return compressors;
    }

    /** What is known of the link to a destination. */
    SharedLink linkTo(Endpoint destination) {
        synchronized (links) {
            return links.computeIfAbsent(destination, unknown -> new SharedLink());
        }
    }

    /** Forgets what is known of all links. */
    public void forgetLinks() {
        synchronized (links) {
            links.clear();
        }
    }

    /** Ends the threads, after all sessions; frames that wait are still sent. */
    @Override
    public synchronized void close() {
        compressors.close();
        groups.forEach(group -> group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS));
        groups.forEach(group -> group.terminationFuture().awaitUninterruptibly());
    }

    private static final class RecentLinks extends LinkedHashMap<Endpoint, SharedLink> {
        private static final long serialVersionUID = 1;

        RecentLinks() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Endpoint, SharedLink> eldest) {
            return size() > MAX_LINKS;
        }
    }
}
