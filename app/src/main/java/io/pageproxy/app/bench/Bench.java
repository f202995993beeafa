package io.pageproxy.app.bench;

import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.app.local.Workspace;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.CloseReason;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs all requested measurements, reports them, and always cleans up. */
final class Bench {
    private final BenchOptions options;
    private final PrintStream out;
    private final PrintStream err;
    private final BenchProgress progress;
    private final List<Combination> combinations;
    private final Stopper stopper = new Stopper();
    private String doing = "";

    /**
     * Creates a benchmark, which must be run on the calling thread.
     *
     * @param live whether {@code err} is a terminal
     * @param showProgress whether progress is shown even if it is not a terminal
     */
    Bench(
            BenchOptions options,
            PrintStream out,
            PrintStream err,
            boolean live,
            boolean showProgress) {
        this.options = options;
        this.out = out;
        this.err = err;
        this.combinations = options.combinations();
        this.progress =
                new BenchProgress(err, live, showProgress, combinations.size() * options.runs());
    }

    /**
     * Runs the benchmark; blocks.
     *
     * @return 0 if every session succeeded and all results are written; otherwise 1 or the exit
     *     code of a {@link LocalFailure}
     */
    int run() {
        try {
            List<Sample> samples;
            try (Workspace work = Workspace.create("bench", Optional.empty())) {
                samples = measure(work);
            } finally {
                progress.end();
            }
            new Report(options, samples).lines().forEach(out::println);
            out.flush();
            if (options.json().isPresent()) {
                SampleFile.write(options.json().get(), options, samples);
            }
            return 0;
        } catch (LocalFailure | InterruptedException | IOException | RuntimeException e) {
            return fail(e);
        }
    }

    private int fail(Exception e) {
        String why = doing + e.getMessage();
        int exitCode = CloseReason.LOCAL_FAILURE.exitCode();
        if (stopper.stopped()) {
            why = "told to stop"; // whatever came of that
            exitCode = CloseReason.SHUTDOWN.exitCode();
        } else if (e instanceof LocalFailure failure) {
            exitCode = failure.exitCode();
        } else if (e instanceof RuntimeException) {
            why = "this should not happen, please report it: " + e;
        }
        err.println("pageproxy bench: " + SafeText.lines(why.strip()).replace("\n", "\n  "));
        err.flush();
        return exitCode;
    }

    private List<Sample> measure(Workspace work)
            throws IOException, InterruptedException, LocalFailure {
        try {
            Map<Content, Stream> streams = new EnumMap<>(Content.class);
            for (Content content : options.contents()) {
                streams.put(
                        content, new Stream(content, options.sizeBytes(), Posix.pageSizeBytes()));
            }
            Lab lab = new Lab(work, stopper);
            List<Sample> samples = new ArrayList<>();
            for (int round = 1; round <= options.runs(); round++) {
                for (Combination combination : inOrder(round)) {
                    progress.begin(combination);
                    doing = combination + ": ";
                    samples.add(lab.sample(combination, round, streams.get(combination.content())));
                    progress.done(samples.get(samples.size() - 1));
                }
            }
            doing = "";
            return samples;
        } finally {
            stopper.shield();
        }
    }

    /**
     * Returns the combinations in alternating direction per round, so that drift of the machine's
     * speed affects all of them equally.
     */
    private List<Combination> inOrder(int round) {
        List<Combination> order = new ArrayList<>(combinations);
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        return order;
    }

    /** Stops the benchmark; callable on any thread. {@link #run} then cleans up and returns 1. */
    void stop() {
        stopper.stop();
    }
}
