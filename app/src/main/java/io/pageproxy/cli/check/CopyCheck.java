package io.pageproxy.cli.check;

import io.pageproxy.frame.TreeNeeds.CopyNeed;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.rsync.FolderSize;
import io.pageproxy.rsync.RsyncProgram;
import io.pageproxy.source.migrate.sync.SyncPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Checks this host's part of copying files.
 *
 * @param plan what is copied
 * @param needs what that takes at the destination
 */
record CopyCheck(SyncPlan plan, List<CopyNeed> needs) {
    private static final Duration SIZE_TIMEOUT = Duration.ofSeconds(60);

    /** Measures the folders; blocks. */
    static CopyCheck of(SyncPlan plan) {
        return new CopyCheck(
                plan,
                plan.folders().stream()
                        .map(
                                folder ->
                                        new CopyNeed(
                                                folder.there(),
                                                FolderSize.bytes(folder.here(), SIZE_TIMEOUT)
                                                        .orElse(0)))
                        .toList());
    }

    /** Whether rsync works here; blocks. */
    Finding ofRsync() {
        long bytes = needs.stream().mapToLong(CopyNeed::bytes).sum();
        try {
            return Finding.ok(
                    "rsync",
                    "%s here, about %,d MiB to copy"
                            .formatted(RsyncProgram.version(), bytes >> 20));
        } catch (IOException e) {
            return Finding.failed("rsync", e.getMessage());
        }
    }

    /** Those files that the destination must have before, since they are not copied. */
    List<FileNeed> without(List<FileNeed> files) {
        return files.stream().filter(file -> !isCopied(Path.of(file.path()))).toList();
    }

    private boolean isCopied(Path file) {
        return plan.folders().stream().anyMatch(folder -> file.startsWith(folder.here()));
    }
}
