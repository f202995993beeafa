package io.pageproxy.cli.resident;

import io.pageproxy.cli.task.TaskStatus;
import io.pageproxy.cli.task.TlsPool;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.SourceRuntime;

/**
 * What all jobs of a resident source share.
 *
 * @param runtime event loops, compressors and links
 * @param tls certificates, and the peers that are connected
 * @param launcher starts children
 * @param status is told what becomes of sessions and migrations
 */
record Residence(
        SourceRuntime runtime, TlsPool tls, PosixChildLauncher launcher, TaskStatus status) {}
