package io.pageproxy.cli.resident;

import io.pageproxy.cli.CommandTree;
import io.pageproxy.control.JobFactory;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.control.JobRequest;
import io.pageproxy.control.JobTask;

/** Makes jobs that this process does. */
final class CommandJobs implements JobFactory {
    private final JobCommands commands;
    private final Residence residence;

    CommandJobs(CommandTree commands, Residence residence) {
        this.commands = new JobCommands(commands, residence.tls().files());
        this.residence = residence;
    }

    @Override
    public JobTask create(JobRequest request) throws JobRefusedException {
        return new CommandJob(commands.parse(request), residence);
    }
}
