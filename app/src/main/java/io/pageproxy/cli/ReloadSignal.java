package io.pageproxy.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, by which a daemon is told to read its files anew.
 *
 * <p>{@code sun.misc.Signal} is the only way to hear a signal in Java and in every JDK (module
 * jdk.unsupported), but the compiler warns of its name; so it is reached by reflection.
 */
public final class ReloadSignal {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSignal.class);

    private ReloadSignal() {}

    /**
     * From now on SIGHUP does not end the process but runs this, on a thread of the JVM's own. The
     * JVM leaves a signal alone that is ignored from the start; then, and where the signal cannot
     * be had, the log says so and nothing else changes.
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
            LOG.info("SIGHUP is not listened to: {}", String.valueOf(e.getCause()));
        }
    }
}
