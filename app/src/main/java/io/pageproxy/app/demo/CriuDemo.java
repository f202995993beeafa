package io.pageproxy.app.demo;

import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalDestination;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Program;
import io.pageproxy.app.local.Stopper;
import io.pageproxy.app.local.Workspace;
import io.pageproxy.dest.pageserver.CriuPageServers;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The demo with CRIU: a real process is dumped through the pair, restored, and shown to continue.
 */
record CriuDemo(
        String criu, Path program, long mebibytes, Workspace work, Screen screen, Stopper stopper) {
    private static final int LOG_LINES = 6;

    /** Runs the demo; returns only if everything has been verified. */
    void run(Certificates certificates) throws IOException, InterruptedException, LocalFailure {
        screen.begin("process", "a process fills " + mebibytes + " MiB of memory");
        String perl = Program.onPath("perl").orElseThrow();
        Path home = work.makeFolder("process");
        try (DemoProcess process = DemoProcess.start(perl, program, home, mebibytes)) {
            screen.done(
                    "pid " + process.pid() + ", " + mebibytes + " MiB, digest " + process.digest());
            Path dump = work.makeFolder("dump");
            Source.Result result = move(process, certificates, dump);
            Path images = Path.of(result.report().imagesFolder().orElseThrow());
            long beats = gather(process, dump, images);
            restore(process, images, beats);
            conclude(process, result, DumpStats.read(dump.resolve(DumpStats.FILE_NAME)));
        }
    }

    private Source.Result move(DemoProcess process, Certificates certificates, Path dump)
            throws IOException, InterruptedException, LocalFailure {
        screen.begin("destination", "starting");
        CriuProbe.Facts[] facts = new CriuProbe.Facts[1];
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        try (LocalDestination destination =
                new LocalDestination(
                        work.makeFolder("images"),
                        certificates.destination(),
                        loop -> {
                            facts[0] = new CriuProbe(launcher, loop, criu).ask();
                            return new CriuPageServers(launcher, facts[0], List.of());
                        },
                        Restores.NONE,
                        true)) {
            screen.done(
                    "listens on " + destination.address() + ", page server " + facts[0].version());
            screen.begin("dump", "criu dump begins");
            Source source = new Source(destination.address(), certificates, screen, stopper);
            Source.Result result = source.runWith(dumpCommand(process, dump));
            if (result.exitCode() != 0) {
                throw dumpFailed(process, result, dump);
            }
            source.reportTransfer(result, destination.report());
            return result;
        }
    }

    private List<String> dumpCommand(DemoProcess process, Path dump) {
        return List.of(
                criu,
                "dump",
                "--tree",
                Long.toString(process.pid()),
                "--images-dir",
                dump.toString(),
                "--log-file",
                "dump.log");
    }

    private LocalFailure dumpFailed(DemoProcess process, Source.Result result, Path dump)
            throws InterruptedException {
        LocalFailure failure =
                result.report().outcome().good()
                        ? LocalFailure.here("criu dump: exit " + result.exitCode())
                        : LocalFailure.of(result.report());
        String log = errors(dump.resolve("dump.log"));
        if (!log.isEmpty()) {
            failure = failure.plus("criu dump's log says:\n" + log);
        }
        long before = process.beats();
        return process.awaitBeatsAfter(before, stopper::stopped)
                ? failure.plus(
                        "The process was not lost: it runs on at the source, heartbeat "
                                + before
                                + " -> "
                                + process.beats()
                                + ".")
                : failure;
    }

    /**
     * Moves the dumper's small images to the pages; returns the number of the process's last
     * heartbeat before the dump.
     */
    private long gather(DemoProcess process, Path dump, Path images)
            throws IOException, InterruptedException, LocalFailure {
        screen.begin("hand-over", "waiting for the process to be gone");
        if (!process.awaitGone()) {
            throw LocalFailure.here("process " + process.pid() + " is still there after its dump");
        }
        long beats = process.beats();
        int copied = 0;
        try (DirectoryStream<Path> small = Files.newDirectoryStream(dump, "*.img")) {
            for (Path image : small) {
                Files.copy(image, images.resolve(image.getFileName()));
                copied++;
            }
        }
        screen.done(
                "gone at heartbeat " + beats + "; " + copied + " small images put to the pages");
        return beats;
    }

    private void restore(DemoProcess process, Path images, long beats)
            throws IOException, InterruptedException, LocalFailure {
        screen.begin("restore", "criu restore");
        Path log = images.resolve("restore.log");
        Process restorer =
                new ProcessBuilder(
                                criu,
                                "restore",
                                "--images-dir",
                                images.toString(),
                                "--log-file",
                                log.toString())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        // CRIU remains the parent of the restored process and exits when that does.
        try {
            if (!process.awaitBeatsAfter(beats, () -> !restorer.isAlive())) {
                throw LocalFailure.here("criu restore failed:\n" + errors(log));
            }
            long after = process.beats();
            screen.progress("the process digests its memory");
            String digest = process.digestAgain();
            if (!digest.equals(process.digest())) {
                throw LocalFailure.ofImages(
                        "the memory of the restored process has changed, its digest is " + digest);
            }
            screen.done(
                    "heartbeat " + beats + " -> " + after + ", digest " + digest + ", the same");
        } finally {
            process.close();
            Program.end(restorer);
        }
    }

    private void conclude(DemoProcess process, Source.Result result, DumpStats stats) {
        List<Screen.Row> rows = new ArrayList<>();
        rows.add(
                new Screen.Row(
                        "process",
                        "pid " + process.pid() + ", " + mebibytes + " MiB it checks itself"));
        rows.addAll(Figures.rows(result.report(), result.security()));
        rows.add(
                new Screen.Row(
                        "frozen for",
                        Figures.seconds(stats.frozenMicros() / 1e6) + ", as CRIU measured it"));
        screen.table(rows, "PROVEN: it went on where it was frozen, memory unchanged");
    }

    /** Returns the last lines of a CRIU log that report errors. */
    private static String errors(Path log) {
        try {
            List<String> errors =
                    Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                            .filter(line -> line.contains("Error") || line.contains("FAILED"))
                            .toList();
            return String.join(
                    "\n", errors.subList(Math.max(0, errors.size() - LOG_LINES), errors.size()));
        } catch (IOException e) {
            return "";
        }
    }
}
