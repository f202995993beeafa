package io.pageproxy.source.migrate.sync;

import io.pageproxy.session.CloseReason;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.sync.SyncPass.Stage;
import io.pageproxy.source.migrate.sync.SyncPlan.Folder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the files of one migration. For its thread, except for {@link #close}. Each method throws
 * a {@link MigrationFailedException} if files cannot be copied, or an {@link IOException} if this
 * host lacks something.
 */
public final class FileSync implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileSync.class);

    private final SyncPlan plan;
    private final SyncServices services;
    private final Map<Folder, SyncReport> reports = new LinkedHashMap<>();
    private final List<SyncPass> open = new ArrayList<>(); // Guarded by this.
    private final Map<Folder, SyncPass> prepared = new LinkedHashMap<>();
    private long wireBytes;
    private volatile double predictedSeconds; // Of all folders, as if one came after another.
    private boolean closed; // Guarded by this.
    private String token;

    /** Copies nothing yet. */
    public FileSync(SyncPlan plan, SyncServices services) {
        this.plan = plan;
        this.services = services;
    }

    /** What it copies. */
    public SyncPlan plan() {
        return plan;
    }

    /** What it took so far. */
    public List<SyncReport> reports() {
        return List.copyOf(reports.values());
    }

    /** Bytes sent on the wire by passes that are over. */
    public long wireBytes() {
        return wireBytes;
    }

    /**
     * Copies all folders while the tree runs, and starts both rsyncs for the last pass, so that
     * nobody has to wait for their start then; blocks.
     *
     * @param migrationToken of the migration, from Attached
     * @param predicts whether each folder is copied once more as in the last pass, to see what that
     *     takes
     */
    public void copyFirst(String migrationToken, boolean predicts)
            throws IOException, InterruptedException {
        token = migrationToken;
        double predicted = 0;
        for (Folder folder : plan.folders()) {
            LOG.info("files: first pass of {}", folder.here());
            SyncReport.Pass took = copyRunning(folder, Stage.FIRST);
            if (predicts) {
                SyncReport.Pass again = copyRunning(folder, Stage.REHEARSAL);
                predicted += again.seconds();
                took = took.and(again);
            }
            reports.put(
                    folder, new SyncReport(folder.here().toString(), took, SyncReport.Pass.NONE));
        }
        predictedSeconds = predicted;
        for (Folder folder : plan.folders()) {
            prepared.put(folder, begin(folder, Stage.LAST));
        }
    }

    private SyncReport.Pass copyRunning(Folder folder, Stage stage)
            throws IOException, InterruptedException {
        SyncPass pass = begin(folder, stage);
        pass.release();
        return finish(folder, stage, pass);
    }

    /** What the last pass of all folders will probably take; 0 if that was not tried. */
    public double predictedSeconds() {
        return predictedSeconds;
    }

    /** Copies what has changed, while the tree is frozen; blocks. */
    public void copyLast() throws IOException, InterruptedException {
        prepared.values().forEach(SyncPass::release);
        for (Map.Entry<Folder, SyncPass> each : prepared.entrySet()) {
            Folder folder = each.getKey();
            SyncReport.Pass took = finish(folder, Stage.LAST, each.getValue());
            SyncReport first = reports.get(folder);
            reports.put(folder, new SyncReport(first.folder(), first.first(), took));
        }
        prepared.clear();
    }

    private SyncPass begin(Folder folder, Stage stage) throws IOException, InterruptedException {
        SyncPass pass = new SyncPass(folder, stage, token, services.peerTimeout());
        synchronized (this) {
            if (closed) {
                throw new MigrationFailedException(CloseReason.SHUTDOWN, "told to stop");
            }
            open.add(pass);
        }
        pass.open(services, plan.compress());
        return pass;
    }

    private SyncReport.Pass finish(Folder folder, Stage stage, SyncPass begun)
            throws IOException, InterruptedException {
        Optional<SyncReport.Pass> took = attempt(folder, stage, begun, false);
        if (took.isEmpty()) {
            SyncPass again = begin(folder, stage);
            again.release();
            took = attempt(folder, stage, again, true);
        }
        return took.orElseThrow();
    }

    /** Empty if another attempt may succeed. */
    private Optional<SyncReport.Pass> attempt(
            Folder folder, Stage stage, SyncPass pass, boolean again) throws InterruptedException {
        try {
            boolean last = stage == Stage.LAST;
            RsyncResult result = pass.await(plan.timeout());
            if (result.code() == 0 || (result.onlyVanished() && !last)) {
                return Optional.of(pass.figures());
            }
            String failure =
                    "rsync of "
                            + folder.here()
                            + (last ? " failed while the tree was frozen, " : " failed, ")
                            + result.describe();
            if (again || !result.mayBeRepeated()) {
                throw new MigrationFailedException(CloseReason.LOCAL_FAILURE, failure);
            }
            LOG.warn("{}; it is tried once more", failure);
            return Optional.empty();
        } finally {
            wireBytes += pass.wireBytes();
            pass.close();
        }
    }

    /** Ends all passes, and lets none begin; any thread. */
    @Override
    public void close() {
        List<SyncPass> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(open);
        }
        all.forEach(SyncPass::close);
    }
}
