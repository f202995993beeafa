package io.pageproxy.cli.dest;

import io.pageproxy.cli.Installation;
import io.pageproxy.cli.ReloadSignal;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.UserNeeds;
import io.pageproxy.dest.monitor.RestoreMonitor;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root's part of {@code dest --user}: starts the same command as that user, runs CRIU for it, and
 * ends with it. It opens no port and speaks to nobody else.
 */
final class MonitorRun {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorRun.class);

    /** How long a process that has closed its socket may take to end. */
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(10);

    private final OrdinaryUser user;
    private final DestConfig config;
    private final UserNeeds needs;
    private final AtomicBoolean handlesHangup = new AtomicBoolean();

    /** Of a destination whose images folder the user must be able to write. */
    MonitorRun(OrdinaryUser user, DestConfig config) {
        this.user = user;
        this.config = config;
        this.needs = new UserNeeds(user, new Capabilities(1L << Capabilities.CHECKPOINT_RESTORE));
        needs.writableFolder("--images-dir", config.imagesDir());
    }

    /** What the user needs besides, to be completed before the run. */
    UserNeeds needs() {
        return needs;
    }

    /**
     * Runs until the other process has ended.
     *
     * @param restores runs CRIU; empty if nothing may be restored
     * @return its exit code
     */
    int run(Optional<RestorePrograms> restores) throws Exception {
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        needs.requireMet(launcher);
        Installation.hold();
        if (restores.isPresent()) {
            CriuRestores.requirePossible(Capabilities.effective());
        }
        Capabilities kept = needs.capabilities();
        NetworkProcess network = NetworkProcess.start(launcher, user, kept);
        ChildProcess child = network.child();
        LOG.info(
                "process {} speaks to the network, as user={} capabilities={}; this one, as root,"
                        + " {}",
                child.pid(),
                user.name(),
                kept,
                restores.isPresent() ? "only runs restores for it" : "only waits for it");
        ReloadSignal.onHangup(
                () -> {
                    if (handlesHangup.get()) {
                        child.signal(Signals.SIGHUP);
                    }
                });
        RestoreMonitor monitor = monitor(network, restores);
        return Termination.run(
                () -> serve(network, monitor).shellCode(), () -> child.signal(Signals.SIGTERM));
    }

    private RestoreMonitor monitor(NetworkProcess network, Optional<RestorePrograms> restores)
            throws IOException {
        try {
            return RestoreMonitor.open(
                    network.socket(),
                    restores,
                    config.imagesDir(),
                    user.id(),
                    config.limits().sessions(),
                    () -> handlesHangup.set(true));
        } catch (IOException e) {
            network.child().signal(Signals.SIGKILL);
            throw e;
        }
    }

    private static ExitStatus serve(NetworkProcess network, RestoreMonitor monitor) {
        try (monitor) {
            return serveUntilEnd(network, monitor);
        }
    }

    private static ExitStatus serveUntilEnd(NetworkProcess network, RestoreMonitor monitor) {
        try {
            monitor.serve();
            return network.child().terminate(EXIT_TIMEOUT).join();
        } catch (IOException e) {
            LOG.error(
                    "process {}, which speaks to the network, is killed: {}",
                    network.child().pid(),
                    SafeText.line(String.valueOf(e.getMessage())));
            network.child().signal(Signals.SIGKILL);
            return network.child().exit().join();
        }
    }
}
