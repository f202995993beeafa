package io.pageproxy.cli.resident;

import io.pageproxy.async.Reactions;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ReloadSignal;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.UserNeeds;
import io.pageproxy.control.ControlServer;
import io.pageproxy.control.Jobs;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.monitor.OrdinaryUser.Need;
import io.pageproxy.monitor.OrdinaryUser.Use;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.monitor.SourceMonitor;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root's part of {@code source --control --user}: starts the same command as that user, takes jobs
 * at the control socket, gives them to it, and does what they permit. It ends with it, and opens no
 * connection to another host.
 */
public final class ResidentMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentMonitor.class);

    /** How long a process that has closed its socket may take to end. */
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(10);

    private final ResidentSource.Settings settings;
    private final OrdinaryUser user;
    private final TlsFiles certificates;
    private final AtomicBoolean handlesHangup = new AtomicBoolean();

    /**
     * @param certificates of all jobs
     */
    public ResidentMonitor(
            ResidentSource.Settings settings, OrdinaryUser user, TlsFiles certificates) {
        this.settings = settings;
        this.user = user;
        this.certificates = certificates;
    }

    /**
     * Takes jobs until it is told to stop, or the other process has ended; blocks.
     *
     * @param needs of the user, which are checked before anything is started
     * @return the other process's exit code
     */
    public int run(UserNeeds needs) throws Exception {
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        needs.requireMet(launcher);
        requireOwnFolder(launcher);
        Installation.hold();
        NetworkProcess network = NetworkProcess.start(launcher, user, needs.capabilities());
        LOG.info(
                "process {} speaks to the network, as user={} capabilities={}; this one, as root,"
                        + " takes jobs and does what they permit",
                network.child().pid(),
                user.name(),
                needs.capabilities());
        ReloadSignal.onHangup(
                () -> {
                    if (handlesHangup.get()) {
                        network.child().signal(Signals.SIGHUP);
                    }
                });
        SourceMonitor monitor = new SourceMonitor(network.socket(), () -> handlesHangup.set(true));
        Thread reader = new Thread(() -> serve(monitor, network.child()), "network-process");
        reader.setDaemon(true);
        reader.start();
        Jobs jobs =
                new Jobs(
                        new SeparatedJobs(
                                new JobCommands(settings.commands(), certificates),
                                monitor,
                                launcher),
                        settings.maxJobs());
        return Termination.run(
                () -> {
                    try {
                        return takeJobs(jobs, monitor, network.child());
                    } finally {
                        monitor.close();
                        network.child().terminate(EXIT_TIMEOUT).join();
                    }
                },
                () -> stop(jobs, monitor, network.child()));
    }

    /** Whoever can write the folder of the socket can put one of its own there. */
    private void requireOwnFolder(PosixChildLauncher launcher) throws IOException {
        Path folder = settings.control().path().toAbsolutePath().getParent();
        Need write = new Need("--control", Use.WRITE, folder);
        if (user.firstUnmet(launcher, List.of(write)).isEmpty()) {
            throw new IOException(
                    "--user "
                            + user.name()
                            + " can write "
                            + folder
                            + ", and so put a socket of its own in place of --control "
                            + settings.control()
                            + ": use a folder of root's");
        }
    }

    private int takeJobs(Jobs jobs, SourceMonitor monitor, ChildProcess network)
            throws IOException, InterruptedException {
        try {
            monitor.ready().join();
        } catch (CompletionException e) {
            return network.terminate(EXIT_TIMEOUT).join().shellCode();
        }
        ControlServer server =
                ControlServer.open(settings.control(), settings.users(), jobs, monitor::fault);
        try (server) {
            System.out.println("control " + settings.control());
            System.out.flush();
            monitor.serving();
            Reactions.whenDone(network.exit(), jobs::stop);
            jobs.awaitEnd();
        }
        // Its jobs are over; if it has not ended by itself, this makes it end in order.
        return network.terminate(EXIT_TIMEOUT).join().shellCode();
    }

    /** Before jobs are taken there is nothing to wait for. */
    private static void stop(Jobs jobs, SourceMonitor monitor, ChildProcess network) {
        monitor.draining();
        jobs.stop();
        if (!monitor.ready().isDone()) {
            network.signal(Signals.SIGTERM);
        }
    }

    /** A process that says what none of ours does is killed. */
    private static void serve(SourceMonitor monitor, ChildProcess network) {
        try {
            monitor.serve();
        } catch (IOException e) {
            LOG.error(
                    "process {}, which speaks to the network, is killed: {}",
                    network.pid(),
                    SafeText.line(String.valueOf(e.getMessage())));
            network.signal(Signals.SIGKILL);
        }
    }
}
