package io.pageproxy.dest.foresight;

import io.pageproxy.dest.migrate.SyncPermit;
import io.pageproxy.frame.Remark;
import io.pageproxy.frame.TreeNeeds.CopyNeed;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.rsync.FolderSize;
import io.pageproxy.rsync.RsyncProgram;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks whether files can be copied here, and makes nothing. Blocking; any thread.
 *
 * @param permit what may be copied
 */
record CopyForesight(SyncPermit permit) {
    private static final String SUBJECT = "sync";
    private static final Duration SIZE_TIMEOUT = Duration.ofSeconds(10);

    /** What it says of folders, of which there is at least one. */
    Remark of(List<CopyNeed> copies) {
        try {
            Map<FileStore, Long> missing = new HashMap<>();
            for (CopyNeed copy : copies) {
                look(copy, missing);
            }
            String version = RsyncProgram.version();
            for (Map.Entry<FileStore, Long> each : missing.entrySet()) {
                long free = each.getKey().getUsableSpace();
                if (each.getValue() > free) {
                    return Remark.failed(
                            SUBJECT,
                            "%,d MiB of files are to come to %s, where %,d MiB are free: make room at the destination"
                                    .formatted(
                                            each.getValue() >> 20,
                                            SafeText.line(each.getKey().name()),
                                            free >> 20));
                }
            }
            return Remark.passed(
                    SUBJECT,
                    (copies.size() == 1 ? "1 folder" : copies.size() + " folders")
                            + " can be copied here, by rsync "
                            + version);
        } catch (SessionException e) {
            return Remark.failed(SUBJECT, e.getMessage());
        } catch (IOException e) {
            return Remark.failed(
                    SUBJECT,
                    "files cannot be copied to the destination: " + SafeText.line(e.getMessage()));
        }
    }

    /** Adds the bytes that are still to come; what is there already is not needed twice. */
    private void look(CopyNeed copy, Map<FileStore, Long> missing) throws IOException {
        Path path = permit.require(copy.path());
        try (FolderHandle existing = permit.openExisting(path)) {
            long present = 0;
            if (copy.bytes() > 0 && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                present = FolderSize.bytes(existing.path(), SIZE_TIMEOUT).orElse(copy.bytes());
            }
            missing.merge(
                    Files.getFileStore(existing.path().toRealPath()),
                    Math.max(0, copy.bytes() - present),
                    Long::sum);
        }
    }
}
