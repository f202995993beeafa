package io.pageproxy.source.lazy;

import io.netty.channel.EventLoop;
import java.util.function.BooleanSupplier;

/** Connects to the CRIU that keeps the pages. */
@FunctionalInterface
interface DumperDialer {
    /**
     * Tries to connect until CRIU listens; does not block.
     *
     * @param listener hears on the event loop when the connection is up, and what happens on it
     * @param wanted whether to go on trying
     */
    void dial(EventLoop loop, LazyDumperListener listener, BooleanSupplier wanted);
}
