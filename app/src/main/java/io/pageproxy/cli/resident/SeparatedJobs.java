package io.pageproxy.cli.resident;

import io.pageproxy.cli.task.MigrateTask;
import io.pageproxy.control.JobFactory;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.control.JobRequest;
import io.pageproxy.control.JobTask;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.monitor.SourceMonitor;
import java.nio.file.Path;

/** Makes jobs that the network process does, for each of which the monitor permits what it says. */
final class SeparatedJobs implements JobFactory {
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    private final JobCommands commands;
    private final SourceMonitor monitor;
    private final PosixChildLauncher launcher;

    /**
     * @param launcher starts what jobs permit
     */
    SeparatedJobs(JobCommands commands, SourceMonitor monitor, PosixChildLauncher launcher) {
        this.commands = commands;
        this.monitor = monitor;
        this.launcher = launcher;
    }

    @Override
    public JobTask create(JobRequest request) throws JobRefusedException {
        if (request.arguments().stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            throw new JobRefusedException(BAD_REQUEST, "an argument has a NUL character");
        }
        JobCommands.Parsed job = commands.parse(request);
        if (job.task().fileOfSummary().isPresent()) {
            throw new JobRefusedException(
                    CONFLICT,
                    "--summary "
                            + job.task().fileOfSummary().get()
                            + " is a file, and with --user jobs of source write none: give"
                            + " --summary -");
        }
        if (job.task() instanceof MigrateTask container
                && container.settings().plan().apply(Path.of("/")).container().isPresent()) {
            throw new JobRefusedException(
                    CONFLICT,
                    "--runc: with --user no job moves a container yet; run the command without"
                            + " --control");
        }
        if (job.task() instanceof MigrateTask migrate
                && !migrate.settings().hooks().hooks().isEmpty()) {
            throw new JobRefusedException(
                    CONFLICT,
                    "--hook: with --user no job has hooks, which would run as root when the process"
                            + " that speaks to the network says so; leave it out, or run the"
                            + " command without --control");
        }
        if (job.task() instanceof MigrateTask migrate
                && !migrate.settings().files().folders().isEmpty()) {
            throw new JobRefusedException(
                    CONFLICT,
                    "--sync: with --user no job copies files, which would be read as root when the"
                            + " process that speaks to the network says so; leave it out, or run"
                            + " the command without --control");
        }
        return new SeparatedJob(job, monitor.newJob(), launcher);
    }
}
