package io.pageproxy.cli.resident;

import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.LogOptions;
import io.pageproxy.cli.task.TaskStatus;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.control.ControlServer;
import io.pageproxy.control.Jobs;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.Status;
import java.time.Duration;
import java.util.Optional;

/**
 * A source that stays and takes jobs. What a command makes anew each time is made once here, and
 * jobs share it: TLS contexts, event loops, compressors, native libraries, compiled code, and what
 * was learned of links.
 */
public final class ResidentSource {
    private final Settings settings;
    private final TlsPool tls;
    private final Status status;

    /**
     * What a resident source needs to know.
     *
     * @param control where jobs are given
     * @param users who may give them
     * @param maxJobs how many may run at a time
     * @param rehearsal how long it may rehearse before it takes jobs; empty: not at all
     * @param commands parses their command lines
     */
    public record Settings(
            Endpoint.UnixSocket control,
            LocalUsers users,
            int maxJobs,
            Optional<Duration> rehearsal,
            CommandTree commands) {}

    /**
     * A resident source that does not run yet.
     *
     * @param tls the certificates of all jobs; some contexts are loaded
     */
    public ResidentSource(Settings settings, TlsPool tls, Status status) {
        this.settings = settings;
        this.tls = tls;
        this.status = status;
    }

    /** Takes jobs until it is told to stop, and all of them are over; blocks. */
    public int run() throws Exception {
        LogOptions.addAppender(new JobLog.Appender());
        SourceRuntime runtime = SourceRuntime.shared();
        PosixChildLauncher launcher = new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES);
        Residence residence = new Residence(runtime, tls, launcher, tellStatus(status));
        prepare(residence);
        if (settings.rehearsal().isPresent()
                && !ResidentRehearsal.run(
                        settings.rehearsal().get(), settings.commands(), runtime, launcher)) {
            runtime.close();
            return 0;
        }
        Jobs jobs = new Jobs(new CommandJobs(settings.commands(), residence), settings.maxJobs());
        ControlServer server =
                ControlServer.open(
                        settings.control(), settings.users(), jobs, status.health()::fault);
        System.out.println("control " + settings.control());
        System.out.flush();
        status.health().ready();
        return Termination.run(
                status.closeAfter(() -> serve(jobs, server, runtime)),
                status.health().markDrainingThen(jobs::stop));
    }

    /**
     * Everything that the first job would otherwise wait for belongs here: nobody can connect yet,
     * and health and the service manager say that it is starting.
     *
     * @param residence what the jobs will share
     */
    static void prepare(Residence residence) throws Exception {
        // The runtime has loaded the codecs and runs the event loops; this loads BoringSSL.
        residence.tls().lease(TlsPool.Key.HOST_NAME).close();
    }

    private static int serve(Jobs jobs, ControlServer server, SourceRuntime runtime)
            throws InterruptedException {
        try (runtime;
                server) {
            jobs.awaitEnd();
        }
        return 0;
    }

    /** A job whose destination cannot be reached says nothing about the next one's. */
    static TaskStatus tellStatus(Status status) {
        return new TaskStatus() {
            @Override
            public void sessionStarted(LiveSession session) {
                status.sessionStarted(session);
            }

            @Override
            public void sessionEnded(SessionReport report) {
                status.sessionEnded(report);
            }

            @Override
            public void migrationEnded(CloseReason reason, double downSeconds) {
                status.migrationEnded(reason, downSeconds);
            }
        };
    }
}
