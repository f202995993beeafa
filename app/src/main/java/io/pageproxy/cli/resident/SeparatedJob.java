package io.pageproxy.cli.resident;

import io.pageproxy.cli.task.DumpFolder;
import io.pageproxy.cli.task.MigrateTask;
import io.pageproxy.cli.task.MigrationReporter;
import io.pageproxy.cli.task.PushTask;
import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JobTask;
import io.pageproxy.process.CapturingLauncher;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.monitor.JobEnd;
import io.pageproxy.source.monitor.JobPermit;
import io.pageproxy.source.monitor.SourceMonitor;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A job of the network process, and what the monitor does for it. */
final class SeparatedJob implements JobTask {
    private static final Duration OUTPUT_TIMEOUT = Duration.ofSeconds(1);

    private final JobCommands.Parsed job;
    private final SourceMonitor.Job monitored;
    private final PosixChildLauncher launcher;

    SeparatedJob(JobCommands.Parsed job, SourceMonitor.Job monitored, PosixChildLauncher launcher) {
        this.job = job;
        this.monitored = monitored;
        this.launcher = launcher;
    }

    @Override
    public int run(JobOutput output) throws Exception {
        CapturingLauncher captured =
                new CapturingLauncher(launcher, job.directory(), output::stdout, output::stderr);
        try {
            JobEnd end = run(output, captured);
            return end.exitCode().isPresent() ? end.exitCode().getAsInt() : lost(end, output);
        } catch (IOException e) {
            output.stderr("pageproxy " + name() + ": " + FailureText.of(e) + "\n");
            return CloseReason.LOCAL_FAILURE.exitCode();
        } finally {
            captured.awaitOutput(OUTPUT_TIMEOUT);
        }
    }

    private String name() {
        return job.words().get(0);
    }

    private JobEnd run(JobOutput output, CapturingLauncher captured)
            throws IOException, InterruptedException {
        if (!(job.task() instanceof MigrateTask migrate)) {
            List<String> dumper = job.task() instanceof PushTask push ? push.dumper() : List.of();
            return monitored.run(
                    request(), new JobPermit(Optional.empty(), dumper, captured), output);
        }
        MigrateTask.Settings settings = migrate.settings();
        JobEnd end;
        try (DumpFolder folder = DumpFolder.of(settings.imagesDir())) {
            JobPermit.Migration moves =
                    new JobPermit.Migration(settings.plan().apply(folder.path()), settings.lazy());
            end =
                    monitored.run(
                            request(),
                            new JobPermit(Optional.of(moves), List.of(), captured),
                            output);
        }
        if (settings.json().isPresent() && end.report().isPresent()) {
            MigrationReporter.appendJson(end.report().get(), settings.json().get());
        }
        return end;
    }

    /** For {@link ResidentWorker}. */
    private List<String> request() {
        List<String> request = new ArrayList<>(List.of(job.directory().toString()));
        request.addAll(job.words());
        return request;
    }

    /** The network process has ended before the job. */
    private int lost(JobEnd end, JobOutput output) {
        String what = "the process that speaks to the network has ended";
        if (job.task() instanceof MigrateTask) {
            what += end.treeLives() ? "; the tasks run on here" : gone(end);
        }
        output.stderr(
                "pageproxy "
                        + name()
                        + ": FAILED at the source, "
                        + CloseReason.LOCAL_FAILURE.label()
                        + ": "
                        + what
                        + "\n");
        return CloseReason.LOCAL_FAILURE.exitCode();
    }

    private static String gone(JobEnd end) {
        return end.wentOn()
                ? "; the tasks are gone here, and it is not known whether they run at the"
                        + " destination: check there"
                : "; the tasks are gone here, ended by something else";
    }

    @Override
    public void stop() {
        monitored.stop();
    }
}
