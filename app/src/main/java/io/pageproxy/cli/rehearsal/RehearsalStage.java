package io.pageproxy.cli.rehearsal;

import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalDestination;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.control.JobFactory;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.restore.AllowedRestores;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.simulator.BuiltInPageServers;
import io.pageproxy.simulator.PageServerScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What a rehearsal needs around the code that it rehearses, in one folder: certificates of an
 * authority that ends with it, a destination, and a stand-in for criu.
 */
final class RehearsalStage implements AutoCloseable {
    private static final String SESSION = "rehearsal";

    private final RehearsalFolder folder;
    private final Path imagesDir;
    private final Path dumpDir;
    private final RehearsalCriu criu;
    private final TlsPool tls;
    private final LocalDestination destination;
    private final RehearsalControl control;

    /**
     * Sets it up.
     *
     * @param factory makes the jobs of a source that has these certificates
     */
    RehearsalStage(RehearsalFolder folder, Function<TlsPool, JobFactory> factory)
            throws IOException, LocalFailure, InterruptedException {
        this.folder = folder;
        this.imagesDir = folder.makeFolder("images");
        this.dumpDir = folder.makeFolder("dump");
        this.criu = RehearsalCriu.write(folder, Posix.pageSizeBytes());
        Certificates certificates = Certificates.create(folder.path().resolve("pki"));
        this.tls = new TlsPool(certificates.sourceFiles(), false);
        PageServers pageServers =
                new BuiltInPageServers(
                        RehearsalCriu.LAYOUT, Posix.pageSizeBytes(), PageServerScript.HONEST);
        this.destination =
                new LocalDestination(
                        imagesDir,
                        certificates.destination(),
                        loop -> pageServers,
                        restores(criu.program().toString()),
                        false);
        this.control = new RehearsalControl(folder.path(), factory.apply(tls));
    }

    private static Restores restores(String criu) throws IOException {
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        return new AllowedRestores(
                new CriuRestores(launcher, criu, List.of()),
                new CriuProbe.Facts(criu, "none", RehearsalCriu.LAYOUT, false));
    }

    /**
     * Moves a tree that is none; blocks.
     *
     * @throws IOException if that fails
     */
    void migrate(String... more) throws IOException, InterruptedException {
        Process tree = waitForUs();
        Process restored = waitForUs();
        try {
            Files.writeString(criu.restored(), restored.pid() + "\n");
            List<String> words = new ArrayList<>(List.of("--pid", "" + tree.pid()));
            words.addAll(List.of("--criu", criu.program().toString()));
            words.addAll(List.of("--images-dir", dumpDir.toString()));
            words.addAll(List.of(more));
            run("migrate", words);
            RehearsalFolder.empty(dumpDir);
        } finally {
            tree.destroyForcibly().waitFor();
            restored.destroyForcibly().waitFor();
        }
    }

    /** A process that ends when this one does. */
    private static Process waitForUs() throws IOException {
        return new ProcessBuilder("cat").redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** Sends the memory of a dump; blocks. */
    void dump(String... options) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("--", criu.program().toString(), "dump"));
        run("source", words);
    }

    private void run(String command, List<String> more) throws IOException, InterruptedException {
        HostPort address = destination.address();
        List<String> words = new ArrayList<>(List.of(command, "--connect", address.toString()));
        words.addAll(List.of("--verify-name", Certificates.DESTINATION_NAME));
        words.addAll(List.of("--session", SESSION));
        words.addAll(more);
        control.run(words, folder.path());
        RehearsalFolder.empty(imagesDir);
    }

    /** Ends what runs, in order; any thread. */
    void stop() {
        control.stop();
    }

    /** Ends its threads and children, not interruptibly; the folder stays. */
    @Override
    public void close() {
        try (tls;
                destination;
                control) {
            control.stop();
        }
    }

    /** Processor time of this process so far. */
    static long cpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(cpu -> TimeUnit.NANOSECONDS.convert(cpu))
                .orElse(0L);
    }
}
