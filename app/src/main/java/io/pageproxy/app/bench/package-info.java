/**
 * {@code pageproxy bench}: throughput of the pair on this machine. Each sample is a session of two
 * real processes, {@code pageproxy dest} and {@code pageproxy source}, between the simulator's
 * dumper and page server. May depend on the simulator and on {@code app.local}; only the command
 * class uses picocli.
 */
package io.pageproxy.app.bench;
