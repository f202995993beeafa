package io.pageproxy.source.monitor;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a job has ended.
 *
 * @param exitCode as the network process says; empty if that has ended before
 * @param wentOn whether the dump of a migration was let go on, which ends its tasks
 * @param treeLives whether the root of its tree is still here
 * @param report of a migration, one line of JSON
 */
public record JobEnd(
        OptionalInt exitCode, boolean wentOn, boolean treeLives, Optional<String> report) {}
