package io.pageproxy.cli.resident;

import io.pageproxy.cli.task.DumpPlace;
import io.pageproxy.cli.task.TaskContext;
import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JobTask;
import io.pageproxy.process.CapturingLauncher;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.monitor.JobLink;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine;

/** A task of a command as a job: it ends, prints and fails as the command does. */
final class CommandJob implements JobTask {
    /** What a command has printed is there at once, unless something else holds its output. */
    private static final Duration OUTPUT_TIMEOUT = Duration.ofSeconds(1);

    private final JobCommands.Parsed job;
    private final Residence residence;

    CommandJob(JobCommands.Parsed job, Residence residence) {
        this.job = job;
        this.residence = residence;
    }

    @Override
    public int run(JobOutput output) throws Exception {
        CapturingLauncher launcher =
                new CapturingLauncher(
                        residence.launcher(), job.directory(), output::stdout, output::stderr);
        try {
            return run(output, launcher, DumpPlace.here(launcher));
        } finally {
            launcher.awaitOutput(OUTPUT_TIMEOUT);
        }
    }

    /** Does it in a process that has a monitor. */
    int run(JobLink link) throws Exception {
        return run(link.output(), link.dumper(job.directory()), new MonitoredPlace(link));
    }

    private int run(JobOutput output, ChildLauncher launcher, DumpPlace dumps) throws Exception {
        JobStreams streams = new JobStreams(output);
        JobLog lines = JobLog.open(job.command().logOptions(), output::log);
        try {
            return run(
                    new TaskContext(
                            residence.runtime(),
                            residence.tls(),
                            launcher,
                            dumps,
                            streams,
                            residence.status()));
        } finally {
            lines.close();
            streams.flush();
        }
    }

    private int run(TaskContext context) throws Exception {
        try {
            return job.task().run(context);
        } catch (Exception e) {
            CommandLine line = job.line();
            line.setErr(new PrintWriter(context.output().err(), true, StandardCharsets.UTF_8));
            return line.getExecutionExceptionHandler()
                    .handleExecutionException(e, line, line.getParseResult());
        }
    }

    @Override
    public void stop() {
        job.task().stop();
    }
}
