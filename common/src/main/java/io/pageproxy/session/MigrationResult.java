package io.pageproxy.session;

import java.util.OptionalLong;

/**
 * What became of the tree of a migration.
 *
 * @param pid root of the tree that runs at the destination; empty if none does, or it is not known
 * @param tasks how many processes were restored; 0 if none were
 * @param restoreSeconds how long the restore took; 0 if there was none
 */
public record MigrationResult(OptionalLong pid, int tasks, double restoreSeconds) {}
