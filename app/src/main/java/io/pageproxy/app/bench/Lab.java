package io.pageproxy.app.bench;

import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.app.local.Workspace;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.simulator.BuiltInPageServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes samples, each in its own folder and with newly started processes: a real dump also uses a
 * source that has just started, and earlier samples must not affect later ones.
 */
final class Lab {
    private static final String MAIN_CLASS = "io.pageproxy.app.Main";
    private static final String ANY_PORT = "127.0.0.1:0";

    private final Workspace work;
    private final Certificates certificates;
    private final Stopper stopper;
    private final List<String> pageServer;
    private final Path criu;
    private int samples;

    Lab(Workspace work, Stopper stopper) throws IOException, LocalFailure {
        this.work = work;
        this.stopper = stopper;
        this.certificates = Certificates.create(work.path().resolve("pki"));
        this.pageServer = new ArrayList<>(JavaProgram.words(BuiltInPageServer.class.getName()));
        pageServer.addAll(List.of("--page-size", Integer.toString(Posix.pageSizeBytes())));
        this.criu = work.path().resolve("criu");
        JavaProgram.writeAsCriu(criu, pageServer);
    }

    /**
     * Runs one session to completion; blocks until it ends or the stopper stops it.
     *
     * @throws IOException or LocalFailure if it fails; the message says why
     */
    Sample sample(Combination combination, int round, Stream stream)
            throws IOException, InterruptedException, LocalFailure {
        Path folder = work.makeFolder("sample-" + ++samples);
        return combination.codec().isPresent()
                ? throughPair(combination, round, stream, folder)
                : withoutProxy(combination, round, stream, folder);
    }

    private Sample withoutProxy(Combination combination, int round, Stream stream, Path folder)
            throws IOException, InterruptedException, LocalFailure {
        List<String> words = new ArrayList<>(pageServer);
        words.addAll(List.of("--images-dir", folder.toString(), "--port", "0"));
        try (Service server =
                new Service("the page server", words, folder.resolve("page-server.log"))) {
            stopper.onStop(server::stop);
            double seconds = stream.dumpTo(server.address());
            if (server.awaitExit() != 0) {
                throw LocalFailure.here("the page server failed: " + server.errorTail());
            }
            return new Sample(combination, round, stream.bytes(), seconds, Optional.empty());
        }
    }

    private Sample throughPair(Combination combination, int round, Stream stream, Path folder)
            throws IOException, InterruptedException, LocalFailure {
        try (Service dest = new Service("dest", destWords(folder), folder.resolve("dest.log"))) {
            stopper.onStop(dest::stop);
            HostPort address = dest.address();
            Path summary = folder.resolve("source.json");
            List<String> words = sourceWords(combination, address, summary);
            try (Service source = new Service("source", words, folder.resolve("source.log"))) {
                stopper.onStop(
                        () -> {
                            source.stop();
                            dest.stop();
                        });
                return new Pair(source, dest, summary).measure(combination, round, stream);
            }
        }
    }

    private List<String> destWords(Path folder) {
        List<String> words = new ArrayList<>(JavaProgram.words(MAIN_CLASS));
        words.addAll(List.of("dest", "--listen", ANY_PORT, "--images-dir", folder.toString()));
        words.addAll(List.of("--criu", criu.toString(), "--no-sync", "--max-lanes", "16"));
        words.addAll(certificates.destinationOptions());
        words.addAll(commonOptions());
        return words;
    }

    private List<String> sourceWords(Combination combination, HostPort dest, Path summary) {
        List<String> words = new ArrayList<>(JavaProgram.words(MAIN_CLASS));
        words.addAll(List.of("source", "--connect", dest.toString(), "--listen", ANY_PORT));
        words.addAll(List.of("--session", "bench", "--codec", combination.codecLabel()));
        words.addAll(List.of("--lanes", Integer.toString(combination.lanes()), "--once"));
        words.addAll(List.of("--summary", summary.toString()));
        words.addAll(certificates.sourceOptions());
        words.addAll(commonOptions());
        return words;
    }

    /** Options that make the proxies stop immediately when told to. */
    private static List<String> commonOptions() {
        return List.of("--log-level", "warn", "--drain-timeout", "1ms");
    }
}
