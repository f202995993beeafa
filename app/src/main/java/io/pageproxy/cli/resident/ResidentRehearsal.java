package io.pageproxy.cli.resident;

import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.rehearsal.Rehearsal;
import io.pageproxy.cli.task.TaskStatus;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.SourceRuntime;
import java.time.Duration;

/** Rehearses with the jobs of a resident source, which a destination can do too. */
public final class ResidentRehearsal {
    private ResidentRehearsal() {}

    /**
     * Rehearses; blocks.
     *
     * @param limit how long it may take, and how much processor time
     * @param runtime keeps no link of it
     * @return whether this process was not told to stop meanwhile
     */
    public static boolean run(
            Duration limit,
            CommandTree commands,
            SourceRuntime runtime,
            PosixChildLauncher launcher)
            throws Exception {
        Rehearsal rehearsal =
                new Rehearsal(
                        limit,
                        tls ->
                                new CommandJobs(
                                        commands,
                                        new Residence(runtime, tls, launcher, TaskStatus.none())));
        Termination.run(
                () -> {
                    rehearsal.run();
                    return 0;
                },
                rehearsal::stop);
        runtime.forgetLinks();
        return !rehearsal.isStopped();
    }

    /** Does the same in a process that has no runtime of a source. */
    public static boolean run(Duration limit, CommandTree commands) throws Exception {
        try (SourceRuntime runtime = SourceRuntime.shared()) {
            return run(
                    limit,
                    commands,
                    runtime,
                    new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES));
        }
    }
}
