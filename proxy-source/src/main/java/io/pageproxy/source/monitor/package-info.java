/**
 * Privilege separation of a resident source: the process that speaks to the network has an ordinary
 * user's rights, and its parent, the monitor, takes the jobs and does for each what needs root's.
 *
 * <p>In the monitor {@code SourceMonitor} answers the child's {@code MonitorMessage}s; a {@code
 * MonitoredJob} hears of one job, and its {@code JobWork} does what the {@code JobPermit} permits,
 * and nothing else. In the child {@code MonitorLink} brings jobs, and a {@code JobLink} is a job's
 * way to the monitor. May depend on {@code source.migrate.dump} and {@code source.dumper}.
 */
package io.pageproxy.source.monitor;
