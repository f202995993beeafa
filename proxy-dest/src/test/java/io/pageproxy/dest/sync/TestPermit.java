package io.pageproxy.dest.sync;

import io.pageproxy.posix.FolderHandle;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Permits everything below a folder. */
final class TestPermit implements SyncedFolders.Permit {
    private final SyncRoots roots;
    private final AtomicLong counted = new AtomicLong();
    private volatile String refusal;
    private volatile String fault;

    TestPermit(Path root) {
        this.roots = new SyncRoots(List.of(root));
    }

    /** Refuses everything. */
    void refuse(String why) {
        refusal = why;
    }

    /** Finds fault with what was copied. */
    void findFault(String why) {
        fault = why;
    }

    /** Bytes that have come. */
    long counted() {
        return counted.get();
    }

    @Override
    public Path require(Optional<String> wanted) {
        throwIf(refusal);
        return roots.require(wanted.orElseThrow(), Optional.empty());
    }

    private static void throwIf(String why) {
        if (why != null) {
            throw new SessionException(CloseReason.SESSION_NOT_ALLOWED, why);
        }
    }

    @Override
    public FolderHandle open(Path folder) {
        return roots.open(folder);
    }

    @Override
    public void check(Optional<String> copied) {
        throwIf(fault);
    }

    @Override
    public void count(int bytes) {
        counted.addAndGet(bytes);
    }

    @Override
    public String migration() {
        return "0123";
    }
}
