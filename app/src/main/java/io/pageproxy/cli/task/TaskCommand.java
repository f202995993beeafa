package io.pageproxy.cli.task;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.LogOptions;
import java.io.IOException;
import java.util.Optional;

/** A command whose options describe a task. */
public interface TaskCommand {
    /**
     * Checks the options and makes the task of them.
     *
     * @param directory from which relative paths count
     * @throws picocli.CommandLine.ParameterException if an option is wrong
     * @throws IOException if this host lacks something that the options need
     */
    SourceTask task(WorkingDirectory directory) throws IOException;

    /** The certificates that the options name. */
    TlsFiles tlsFiles();

    /** How the task logs. */
    LogOptions logOptions();

    /** Names an option that is for a whole process, and not for one of several tasks. */
    Optional<String> optionOfProcess();
}
