package io.pageproxy.status;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.posix.NotifySocket;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd, or whatever set NOTIFY_SOCKET, the state of this service (sd_notify(3)): READY=1
 * once sessions can be accepted, STOPPING=1 when a drain begins, STATUS= with the number of
 * sessions or what is wrong, and WATCHDOG=1 twice in each WATCHDOG_USEC as long as nothing is
 * wrong. A drain is not wrong.
 */
final class SystemdNotifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);
    private static final long PERIOD_MILLIS = 1000;

    private final NotifySocket socket;
    private final Health health;
    private final IntSupplier sessions;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    new DefaultThreadFactory("systemd-notify", true));

    // Confined to the thread.
    private boolean readySent;
    private boolean stoppingSent;
    private boolean failing;
    private String statusSent = "";

    private SystemdNotifier(NotifySocket socket, Health health, IntSupplier sessions) {
        this.socket = socket;
        this.health = health;
        this.sessions = sessions;
    }

    /** Starts to send messages. */
    static SystemdNotifier start(
            NotifySocket socket, Optional<Duration> watchdog, Health health, IntSupplier sessions) {
        SystemdNotifier started = new SystemdNotifier(socket, health, sessions);
        health.onChange(started::updateSoon);
        started.repeat(started::update, TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS));
        watchdog.ifPresent(time -> started.repeat(started::keepAlive, time.toNanos() / 2));
        return started;
    }

    /**
     * The time after which the service manager takes this process for dead; empty if it does not
     * watch it.
     */
    static Optional<Duration> watchdog(Map<String, String> environment, long ownPid) {
        String pid = environment.getOrDefault("WATCHDOG_PID", "" + ownPid);
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        return pid.equals("" + ownPid) && micros.matches("[1-9][0-9]{0,17}")
                ? Optional.of(Duration.of(Long.parseLong(micros), ChronoUnit.MICROS))
                : Optional.empty();
    }

    private void repeat(Runnable task, long periodNanos) {
        thread.scheduleWithFixedDelay(() -> guarded(task), 0, periodNanos, TimeUnit.NANOSECONDS);
    }

    private void updateSoon() {
        thread.execute(() -> guarded(this::update));
    }

    /** An exception would cancel a periodic task. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("internal error, please report it", e);
        }
    }

    private void update() {
        StringBuilder message = new StringBuilder();
        boolean sendsReady = !readySent && health.isReady();
        boolean sendsStopping = !stoppingSent && health.isDraining();
        message.append(sendsReady ? "READY=1\n" : "");
        message.append(sendsStopping ? "STOPPING=1\n" : "");
        String status = status();
        message.append(status.equals(statusSent) ? "" : "STATUS=" + status + "\n");
        if (message.length() > 0 && send(message.toString())) {
            readySent |= sendsReady;
            stoppingSent |= sendsStopping;
            statusSent = status;
        }
    }

    private String status() {
        int count = sessions.getAsInt();
        String number = count + (count == 1 ? " session" : " sessions");
        return health.isDraining()
                ? "draining, " + number
                : health.fault().map(fault -> fault + "; " + number).orElse(number);
    }

    private void keepAlive() {
        if (health.isDraining() || health.fault().isEmpty()) {
            send("WATCHDOG=1\n");
        }
    }

    private boolean send(String message) {
        try {
            socket.send(message);
            failing = false;
            return true;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("the service manager is not told: {}", FailureText.of(e));
            }
            failing = true;
            return false;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("cannot close the notify socket: {}", FailureText.of(e));
        }
    }
}
