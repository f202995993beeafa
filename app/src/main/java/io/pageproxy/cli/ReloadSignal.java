package io.pageproxy.cli;

import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import java.io.IOException;
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

    /**
     * Set by bin/pageproxy if it ignores SIGHUP, so that one which comes before the handler does
     * not end the process. Not set if the signal was ignored before (nohup).
     */
    private static final boolean IGNORED_BY_LAUNCHER =
            Boolean.getBoolean("pageproxy.ignoresHangup");

    private ReloadSignal() {}

    /**
     * Runs an action on SIGHUP, on a thread of the JVM, instead of terminating the process. A
     * signal that was ignored at start-up, but not by the launcher, stays ignored; in that case, or
     * if signals are not available, this is logged and has no effect.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static void onHangup(Runnable reload) throws IOException {
        if (IGNORED_BY_LAUNCHER) {
            Posix.stopIgnoringHangup();
        }
        handle(reload);
    }

    /**
     * Lets SIGHUP end the process as SIGTERM does, for a command that turns out to have nothing to
     * reload.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static void endOnHangup() throws IOException {
        if (IGNORED_BY_LAUNCHER) {
            LibC libc = Posix.libc();
            int self = (int) ProcessHandle.current().pid();
            onHangup(() -> libc.kill(self, Signals.SIGTERM));
        }
    }

    private static void handle(Runnable reload) {
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
