package io.pageproxy.cli.task;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.SourceServices;

/**
 * What a task uses of the process that it runs in.
 *
 * @param runtime event loops, compressors and links; outlives the task
 * @param tls certificates, and the peers that are connected
 * @param launcher starts the task's children
 * @param dumps where its trees are dumped
 * @param output where it writes
 * @param status what is served at {@code --status}
 */
public record TaskContext(
        SourceRuntime runtime,
        TlsPool tls,
        ChildLauncher launcher,
        DumpPlace dumps,
        TaskOutput output,
        TaskStatus status) {

    /** A context in which the launcher starts dumps as well. */
    public TaskContext(
            SourceRuntime runtime,
            TlsPool tls,
            ChildLauncher launcher,
            TaskOutput output,
            TaskStatus status) {
        this(runtime, tls, launcher, DumpPlace.here(launcher), output, status);
    }

    /** The services of sessions to a destination. */
    public SourceServices services(TaskDestination destination, TlsPool.Lease lease) {
        return new SourceServices(runtime, destination.tlsHandlers(lease), launcher, status);
    }
}
