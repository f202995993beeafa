package io.pageproxy.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles SIGHUP, which makes a daemon reload its files.
 *
 * <p>{@code sun.misc.Signal} is the only way to handle a signal in Java and is available in every
 * JDK (module jdk.unsupported), but using it causes a compiler warning; therefore it is called by
 * reflection.
 */
public final class ReloadSignal {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSignal.class);

    private ReloadSignal() {}

    /**
     * Runs an action on SIGHUP, on a thread of the JVM, instead of terminating the process. The JVM
     * does not handle a signal that was ignored at start-up; in that case, or if signals are not
     * available, this is logged and has no effect.
     */
    public static void onHangup(Runnable reload) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal =
                    Proxy.newProxyInstance(
                            handler.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) -> {
                                reload.run();
                                return null;
                            });
            Object before =
                    signal.getMethod("handle", signal, handler)
                            .invoke(
                                    null,
                                    signal.getConstructor(String.class).newInstance("HUP"),
                                    onSignal);
            if (handler.getField("SIG_IGN").get(null).equals(before)) {
                LOG.info("SIGHUP was ignored when this was started (nohup), and still is");
            }
        } catch (ReflectiveOperationException e) {
            LOG.info("SIGHUP cannot be handled: {}", String.valueOf(e.getCause()));
        }
    }
}
