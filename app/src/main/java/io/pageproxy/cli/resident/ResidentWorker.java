package io.pageproxy.cli.resident;

import io.pageproxy.async.Reactions;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.monitor.JobLink;
import io.pageproxy.source.monitor.MonitorLink;
import io.pageproxy.status.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;

/**
 * The part of a resident source that speaks to the network, as an ordinary user: it does the jobs
 * that its monitor gives it, and asks it for everything that needs rights.
 */
public final class ResidentWorker implements MonitorLink.Jobs {
    private static final Logger LOG = LoggerFactory.getLogger(ResidentWorker.class);

    private final ResidentSource.Settings settings;
    private final Status status;
    private final Residence residence;
    private final JobCommands commands;

    // Guarded by this.
    private final Map<JobLink, Work> running = new HashMap<>();
    private boolean stopping;

    private ResidentWorker(
            ResidentSource.Settings settings, TlsPool tls, Status status, Residence residence) {
        this.settings = settings;
        this.status = status;
        this.residence = residence;
        this.commands = new JobCommands(settings.commands(), tls.files());
    }

    /** Does jobs until it is told to stop; blocks. */
    public static int run(ResidentSource.Settings settings, TlsPool tls, Status status)
            throws Exception {
        LogOptions.addAppender(new JobLog.Appender());
        SourceRuntime runtime = SourceRuntime.shared();
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        Residence residence =
                new Residence(runtime, tls, launcher, ResidentSource.tellStatus(status));
        try (runtime) {
            return new ResidentWorker(settings, tls, status, residence).run();
        }
    }

    private int run() throws Exception {
        MonitorLink monitor = MonitorLink.inherited(this, ResidentWorker::onMonitorGone);
        monitor.listeningForSignals();
        ResidentSource.prepare(residence);
        if (settings.rehearsal().isPresent()
                && !ResidentRehearsal.run(
                        settings.rehearsal().get(),
                        settings.commands(),
                        residence.runtime(),
                        residence.launcher())) {
            return 0;
        }
        monitor.ready(status.health()::fault);
        Reactions.when(monitor.serving(), serving -> status.health().ready(), lost -> {});
        Reactions.whenDone(monitor.draining(), status.health().markDrainingThen(() -> {}));
        return Termination.run(
                status.closeAfter(this::awaitEnd), status.health().markDrainingThen(this::stop));
    }

    private static void onMonitorGone() {
        LOG.error("the monitor, which this process was started by, has ended: it ends as well");
        Termination.endNow(CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** A job that may be told to stop before it has begun. */
    private static final class Work {
        private CommandJob job; // Null before it begins.
        private boolean stopped;

        synchronized void begin(CommandJob begun) {
            job = begun;
            if (stopped) {
                begun.stop();
            }
        }

        synchronized void stop() {
            stopped = true;
            if (job != null) {
                job.stop();
            }
        }
    }

    @Override
    public synchronized void begin(JobLink link, List<String> request) {
        Work work = new Work();
        running.put(link, work);
        Thread thread = new Thread(null, () -> run(link, work, request), "job", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public synchronized void stop(JobLink link) {
        Work work = running.get(link);
        if (work != null) {
            work.stop();
        }
    }

    private void run(JobLink link, Work work, List<String> request) {
        int exitCode = CloseReason.LOCAL_FAILURE.exitCode();
        try {
            exitCode = runNow(link, work, request);
        } catch (Exception | Error e) {
            link.output()
                    .stderr("pageproxy: this should not happen, please report it: " + e + "\n");
        } finally {
            link.over(exitCode);
            synchronized (this) {
                running.remove(link);
                notifyAll();
            }
        }
    }

    /**
     * @param request of {@link SeparatedJob}
     */
    private int runNow(JobLink link, Work work, List<String> request) throws Exception {
        try {
            Path directory = Path.of(request.get(0));
            CommandJob job =
                    new CommandJob(
                            commands.parseAgain(request.subList(1, request.size()), directory),
                            residence);
            work.begin(job);
            return job.run(link);
        } catch (JobRefusedException | ParameterException | IOException e) {
            link.output().stderr("pageproxy " + request.get(1) + ": " + e.getMessage() + "\n");
            return CloseReason.LOCAL_FAILURE.exitCode();
        }
    }

    private synchronized void stop() {
        stopping = true;
        running.values().forEach(Work::stop);
        notifyAll();
    }

    private synchronized int awaitEnd() throws InterruptedException {
        while (!stopping || !running.isEmpty()) {
            wait();
        }
        return 0;
    }
}
