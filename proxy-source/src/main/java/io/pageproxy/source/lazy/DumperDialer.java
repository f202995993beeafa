package io.pageproxy.source.lazy;

import io.netty.channel.EventLoop;
import java.util.function.BooleanSupplier;

/** Connects to the CRIU that keeps the pages. */
@FunctionalInterface
interface DumperDialer {
    /**
     * Tries to connect until CRIU listens; does not block.
     *
     * @param listener receives the events of the connection on the event loop, once it is up
     * @param wanted whether to go on trying
     */
    void dial(EventLoop loop, LazyDumperListener listener, BooleanSupplier wanted);
}
