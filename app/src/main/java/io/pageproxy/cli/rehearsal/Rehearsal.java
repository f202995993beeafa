package io.pageproxy.cli.rehearsal;

import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.control.JobFactory;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the code of both sides until it has become as fast as it will be, so that the first real
 * migration freezes its tree no longer than a later one. It moves made-up memory over the loopback
 * to a destination in this process: with jobs, handshakes, codecs, deduplication, lanes, children,
 * files, barriers and commits. Nothing of it stays, and nobody but the log is told.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private final Duration limit;
    private final Function<TlsPool, JobFactory> factory;
    private RehearsalStage stage; // Null before it is set up, and after its end.
    private boolean stopped;

    /** One more way to use a stage. */
    private interface Variation {
        void run(RehearsalStage stage) throws IOException, InterruptedException;
    }

    /** Beside a plain migration, each round has one of these. */
    private static final Variation[] VARIATIONS = {
        stage -> stage.migrate("--rounds", "1"),
        stage -> stage.dump("--codec", "zstd", "--lanes", "1"),
        stage -> stage.dump("--codec", "lz4", "--lanes", "2"),
        stage -> stage.migrate("--no-restore", "--codec", "none"),
    };

    /**
     * @param limit how long it may take, and how much processor time
     * @param factory makes the jobs of a source with these certificates; what they do must not show
     */
    public Rehearsal(Duration limit, Function<TlsPool, JobFactory> factory) {
        this.limit = limit;
        this.factory = factory;
    }

    /** Blocks until the code has settled, the limit is reached, or it is stopped; never fails. */
    public void run() throws InterruptedException {
        long startNanos = System.nanoTime();
        long startCpuNanos = RehearsalStage.cpuNanos();
        Settling settling = new Settling();
        String failure = null;
        LogOptions.setQuiet(true);
        try {
            rehearse(settling, startNanos, startCpuNanos);
        } catch (IOException | LocalFailure | RuntimeException e) {
            LOG.debug("the rehearsal has failed", e);
            failure = FailureText.of(e);
        } finally {
            LogOptions.setQuiet(false);
        }
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        if (isStopped()) {
            return;
        }
        if (failure != null) {
            LOG.warn(
                    "could not rehearse, so that the first sessions are slower than later ones: {}",
                    failure);
        } else {
            LOG.info(
                    "rehearsed in {} s: rounds={}{}",
                    String.format(Locale.ROOT, "%.1f", seconds),
                    settling.rounds(),
                    settling.isSettled() ? "" : ", the limit of --rehearse");
        }
    }

    private void rehearse(Settling settling, long startNanos, long startCpuNanos)
            throws IOException, LocalFailure, InterruptedException {
        try (RehearsalFolder folder = RehearsalFolder.create(RehearsalFolder.PLACES);
                RehearsalStage begun = new RehearsalStage(folder, factory)) {
            enter(begun);
            while (!isStopped()
                    && !settling.isSettled()
                    && System.nanoTime() - startNanos < limit.toNanos()
                    && RehearsalStage.cpuNanos() - startCpuNanos < limit.toNanos()) {
                long roundNanos = System.nanoTime();
                begun.migrate();
                settling.add(System.nanoTime() - roundNanos);
                LOG.debug("round {} took {} ns", settling.rounds(), settling.last());
                if (!isStopped()) {
                    VARIATIONS[settling.rounds() % VARIATIONS.length].run(begun);
                }
            }
        } finally {
            enter(null);
        }
    }

    private synchronized void enter(RehearsalStage begun) {
        stage = begun;
        if (stopped && begun != null) {
            begun.stop();
        }
    }

    /** Whether {@link #stop} was called. */
    public synchronized boolean isStopped() {
        return stopped;
    }

    /** Ends it soon; any thread. */
    public synchronized void stop() {
        stopped = true;
        if (stage != null) {
            stage.stop();
        }
    }
}
