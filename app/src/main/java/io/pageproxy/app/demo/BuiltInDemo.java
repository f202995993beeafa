package io.pageproxy.app.demo;

import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalDestination;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.app.local.Workspace;
import io.pageproxy.cli.Quantities;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.posix.Posix;
import io.pageproxy.simulator.BuiltInDumper;
import io.pageproxy.simulator.BuiltInPageServers;
import io.pageproxy.simulator.ContentMix;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.simulator.PageServerScript;
import io.pageproxy.simulator.PageSet;
import io.pageproxy.simulator.PageSetCheck;
import io.pageproxy.simulator.PageSets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * The demo without CRIU: the same pair of proxies between a built-in page stream and built-in page
 * servers, verified byte for byte.
 */
record BuiltInDemo(
        DemoOptions options,
        Workspace work,
        Screen screen,
        Stopper stopper,
        PageServerScript script) {
    private static final int PROCESSES = 3;
    private static final int SHARED_MEMORIES = 1;
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;

    /** Runs the demo; returns only if everything has been verified. */
    void run(Certificates certificates) throws IOException, InterruptedException, LocalFailure {
        screen.begin("pages", "generated");
        long seed = System.nanoTime();
        PageSet set =
                PageSets.generate(
                        new PageContent(seed, ContentMix.TYPICAL, Posix.pageSizeBytes()),
                        PROCESSES,
                        SHARED_MEMORIES,
                        options.sizeBytes());
        screen.done(
                String.format(
                        Locale.ROOT,
                        "%,d in %,d runs, of %d processes and a shared memory",
                        set.presentPages(),
                        set.runs(),
                        PROCESSES));
        Source.Result result = move(set, certificates);
        Path images = Path.of(result.report().imagesFolder().orElseThrow());
        long comparedBytes = compare(set, images);
        List<Screen.Row> rows = new ArrayList<>();
        rows.add(
                new Screen.Row(
                        "memory",
                        "generated, " + Quantities.mebibytes(comparedBytes) + ", no process"));
        rows.addAll(Figures.rows(result.report(), result.security()));
        rows.add(new Screen.Row("frozen for", "no process was frozen: that needs CRIU and root"));
        screen.table(rows, "PROVEN: every byte arrived as it was sent");
    }

    private Source.Result move(PageSet set, Certificates certificates)
            throws IOException, InterruptedException, LocalFailure {
        screen.begin("destination", "starting");
        BuiltInPageServers servers =
                new BuiltInPageServers(LAYOUT, set.content().pageSizeBytes(), script);
        try (LocalDestination destination =
                new LocalDestination(
                        work.makeFolder("images"),
                        certificates.destination(),
                        loop -> servers,
                        Restores.NONE,
                        true)) {
            screen.done("listens on " + destination.address() + ", " + servers.version());
            screen.begin("stream", "begins");
            Source source = new Source(destination.address(), certificates, screen, stopper);
            List<CompletableFuture<Integer>> status = new ArrayList<>();
            Source.Result result =
                    source.runFor(
                            set.presentPages() * Posix.pageSizeBytes(),
                            address ->
                                    status.add(
                                            CompletableFuture.supplyAsync(
                                                    () -> dump(set, address))));
            if (result.exitCode() != 0) {
                throw LocalFailure.of(result.report());
            }
            if (status.get(0).join() != 0) {
                throw LocalFailure.here("the dumper heard status " + status.get(0).join());
            }
            source.reportTransfer(result, destination.report());
            return result;
        }
    }

    /**
     * Returns the status that the dumper received; -1 if it lost its page server, in which case the
     * session has the details.
     */
    private static int dump(PageSet set, HostPort address) {
        try (BuiltInDumper dumper = BuiltInDumper.connect(address, LAYOUT)) {
            return dumper.dump(set);
        } catch (IOException e) {
            return -1;
        }
    }

    private long compare(PageSet set, Path images) throws LocalFailure, InterruptedException {
        screen.begin("comparison", "every byte with the one that was sent");
        stopper.onStop(() -> {});
        try {
            long bytes = PageSetCheck.verify(set, images);
            screen.done(String.format(Locale.ROOT, "%,d bytes, all as they were sent", bytes));
            return bytes;
        } catch (IOException e) {
            throw LocalFailure.ofImages(e.getMessage());
        }
    }
}
