package io.pageproxy.hook;

import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.text.LogTail;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the hooks of a phase. */
public final class HookRun {
    private static final Logger LOG = LoggerFactory.getLogger(HookRun.class);
    private static final int MAX_LINES = 20;
    private static final int MAX_BYTES = 16 << 10;
    private static final int MAX_SHOWN_CHARS = 200;

    private final List<Hook> hooks;
    private final Duration timeout;
    private final ChildLauncher launcher;
    private final Map<String, String> environment;
    private ChildProcess running; // Null if none is.
    private boolean stopped;

    HookRun(
            List<Hook> hooks,
            Duration timeout,
            ChildLauncher launcher,
            Map<String, String> environment) {
        this.hooks = hooks;
        this.timeout = timeout;
        this.launcher = launcher;
        this.environment = environment;
    }

    /**
     * Runs the hooks one after the other, up to the first that fails; blocks. What they print is
     * logged.
     *
     * @throws IOException if one fails, takes too long or is stopped; the message says which one,
     *     and what it printed last
     */
    public void run() throws IOException, InterruptedException {
        for (Hook hook : hooks) {
            run(hook);
        }
    }

    /** Kills the hook that runs, and starts no other; any thread. */
    public synchronized void stop() {
        stopped = true;
        if (running != null) {
            running.signal(Signals.SIGKILL);
        }
    }

    private void run(Hook hook) throws IOException, InterruptedException {
        Path output = Files.createTempFile("pageproxy-hook", ".log");
        try {
            ChildProcess child = start(hook, output);
            Optional<ExitStatus> status = await(child);
            List<String> lines = lines(output);
            lines.forEach(line -> LOG.info("hook {}: {}", hook.phase().label(), line));
            if (!status.map(ExitStatus::success).orElse(false)) {
                throw new IOException(describe(hook, status, lines));
            }
        } finally {
            Files.delete(output);
        }
    }

    private synchronized ChildProcess start(Hook hook, Path output) throws IOException {
        if (stopped) {
            throw new IOException(name(hook) + " was not started: the migration has failed");
        }
        LOG.info("hook {}: {}", hook.phase().label(), hook.command());
        running =
                launcher.launch(
                        new ChildSpec(
                                List.of("/bin/sh", "-c", hook.command()),
                                environment,
                                Optional.of(output)));
        Posix.close(running.takeSocket());
        return running;
    }

    /** Empty if it took too long. */
    private Optional<ExitStatus> await(ChildProcess child)
            throws IOException, InterruptedException {
        try {
            return Optional.of(child.exit().get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IOException("how a hook ended is not known", e.getCause());
        } finally {
            child.signal(Signals.SIGKILL); // Does nothing if it has ended.
            synchronized (this) {
                running = null;
            }
        }
    }

    private String describe(Hook hook, Optional<ExitStatus> status, List<String> lines) {
        String how = status.map(ExitStatus::describe).orElse("not done within " + seconds());
        String said =
                lines.isEmpty()
                        ? "it printed nothing"
                        : "it printed: "
                                + SafeText.abridged(lines.get(lines.size() - 1), MAX_SHOWN_CHARS);
        return name(hook) + ": " + how + ", " + said;
    }

    private static String name(Hook hook) {
        return "hook "
                + hook.phase().label()
                + " '"
                + SafeText.abridged(SafeText.line(hook.command()), MAX_SHOWN_CHARS)
                + "'";
    }

    private String seconds() {
        return timeout.toMillis() / 1000.0 + " s";
    }

    /** The last lines that it has printed. */
    private static List<String> lines(Path output) {
        return LogTail.of(output, MAX_LINES, MAX_BYTES)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
    }
}
