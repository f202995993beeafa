package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.criu.Task;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.hook.HookFacts;
import io.pageproxy.hook.Hooks;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.commit.CommitProtocol;
import io.pageproxy.source.migrate.commit.FilesConnection;
import io.pageproxy.source.migrate.dump.LocalTree;
import io.pageproxy.source.migrate.dump.LockMethod;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.migrate.dump.RuncContainer;
import io.pageproxy.source.migrate.sync.FileSync;
import io.pageproxy.source.migrate.sync.ScriptedSyncs;
import io.pageproxy.source.migrate.sync.SyncPlan;
import io.pageproxy.source.migrate.sync.SyncPlan.Folder;
import io.pageproxy.source.migrate.sync.SyncServices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each event in each phase of a migration: how it ends, which frames the destination receives, and
 * whether the tasks of the source run. The tasks are real processes. Before the commit all
 * migrations behave alike.
 */
@Timeout(60)
abstract class MigrationTestBase {
    /** Phases in which the migration proceeds after any event. */
    private static final Set<MigrationPhase> UNSTOPPABLE =
            EnumSet.of(
                    MigrationPhase.RECALLING,
                    MigrationPhase.ENDING_TASKS,
                    MigrationPhase.COMMITTING);

    private static final HookFacts FACTS =
            new HookFacts(
                    Side.SOURCE,
                    Optional.of("0123"),
                    Optional.of("web"),
                    Optional.empty(),
                    "dest.example:9999",
                    OptionalLong.of(4711),
                    Optional.empty());

    /** A program that exists; nothing starts it. */
    private static final String CRIU = "/bin/true";

    @TempDir Path folder;
    final SleepingTree tree = new SleepingTree();
    final ScriptedDestination destination = new ScriptedDestination();
    Hooks hooks = Hooks.NONE;
    RoundsChoice rounds = RoundsChoice.NONE;
    boolean mayTurnLazy;
    MigrationContext context;
    Task root = tree.task();
    Optional<RuncContainer> container = Optional.empty();
    Optional<LockMethod> connections = Optional.empty();
    private SyncPlan copies = SyncPlan.NONE;
    private final ScriptedSyncs syncs = new ScriptedSyncs();
    Migration migration;
    private CompletableFuture<MigrationReport> running;

    /** What happens while the migration is held in a phase. */
    enum Event {
        SUCCESS,
        PEER_LOST,
        PEER_SILENT,
        ABORT,
        DUMP_FAILS,
        STOP,
        FAULT
    }

    @BeforeEach
    void makeImages() throws IOException {
        Files.write(folder.resolve("core-1.img"), new byte[5_000]);
        Files.write(folder.resolve("pages-1.img"), new byte[5_000]);
    }

    @AfterEach
    void close() {
        if (migration != null) {
            migration.close();
            context.tree().close();
        }
        destination.close();
        syncs.close();
        tree.close();
    }

    /** Begins the migration. */
    abstract void run();

    abstract void awaitDump();

    /** Lets the dump come so far that its images can be sent. */
    abstract void letDumpHold();

    abstract void awaitEndOfTasks();

    abstract void letTasksEnd();

    abstract void failDump(MigrationPhase phase);

    abstract void fail(MigrationPhase phase, Error fault);

    abstract void assertTasks(Copy copy);

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "CONNECTING    | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "CONNECTING    | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "CONNECTING    | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "CONNECTING    | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "CONNECTING    | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "CONNECTING    | FAULT       | LOCAL_FAILURE  | SOURCE      | ''",
                "DUMPING       | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "DUMPING       | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "DUMPING       | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "DUMPING       | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "DUMPING       | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach Abort(dumper_lost)",
                "DUMPING       | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "DUMPING       | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach Abort(local_failure)",
                "SENDING_FILES | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "SENDING_FILES | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "SENDING_FILES | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "SENDING_FILES | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "SENDING_FILES | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach Abort(dumper_lost)",
                "SENDING_FILES | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "SENDING_FILES | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach Abort(local_failure)",
                "RESTORING     | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "RESTORING     | PEER_LOST   | PEER_LOST      | SOURCE      | Attach FilesEnd",
                "RESTORING     | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach FilesEnd Abort(peer_silent)",
                "RESTORING     | ABORT       | RESTORE_FAILED | SOURCE      | Attach FilesEnd",
                "RESTORING     | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach FilesEnd Abort(dumper_lost)",
                "RESTORING     | STOP        | SHUTDOWN       | SOURCE      | Attach FilesEnd Abort(shutdown)",
                "RESTORING     | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach FilesEnd Abort(local_failure)",
            })
    void tasksKeepRunningIfAnythingFailsBeforeTheCommit(
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
    }

    /**
     * Between the start of the migration and its dump, the process ended and its pid was reused.
     */
    @Test
    void processThatHasThePidOfTheTreeMeanwhileIsNotDumped() {
        root = new Task(tree.pid(), "1");
        run();

        MigrationReport report = report();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(report.outcome().message())
                .startsWith("process " + tree.pid() + " has ended since the migration began")
                .endsWith("; the tasks are gone here, ended by something else");
        assertThat(report.copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(dumpBegan()).isFalse();
        tree.awaitState(SleepingTree.State.RUNS);
    }

    /** The first pass comes before any dump, and the last one ahead of the images. */
    @Test
    void filesAreCopiedWhileTheTreeRunsAndWhileItIsFrozen() {
        copies =
                new SyncPlan(
                        List.of(new Folder(folder, Optional.of("/srv/web"))),
                        Duration.ofSeconds(20),
                        false);
        List<String> passes = new CopyOnWriteArrayList<>();
        syncs.onSync(
                (begun, pair) -> {
                    pair.say(new SyncReady());
                    pair.say("greeting\n");
                });
        syncs.onFrame(
                (frame, pair) -> {
                    if (frame instanceof Block) {
                        boolean images = destination.heard().contains("FilesEnd");
                        passes.add((dumpBegan() ? "dumped" : "running") + (images ? ", sent" : ""));
                        pair.say("answer\n");
                        pair.say(new SyncEnd(0, Optional.empty()));
                    }
                });
        holdAt(MigrationPhase.RESTORING, Event.ABORT);
        run();
        reach(MigrationPhase.RESTORING, Event.ABORT);
        assertThat(passes).containsExactly("running", "dumped");
        destination.abort(CloseReason.RESTORE_FAILED);
        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(report().synced()).hasSize(1);
    }

    abstract boolean dumpBegan();

    void assertEnd(MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        holdAt(phase, event);
        run();
        reach(phase, event);
        inject(phase, event);
        if (event == Event.SUCCESS || UNSTOPPABLE.contains(phase)) {
            proceed(phase);
        }

        MigrationReport report = report();
        assertThat(report.outcome().reason()).as(report.toString()).isEqualTo(reason);
        assertThat(report.copy()).isEqualTo(copy);
        await().untilAsserted(() -> assertThat(destination.heard()).isEqualTo(heard));
        assertTasks(copy);
        if (copy == Copy.SOURCE) {
            assertThat(report.outcome().message()).endsWith("; the tasks run on here");
        }
    }

    void holdAt(MigrationPhase phase, Event event) {
        if (phase == MigrationPhase.CONNECTING && event == Event.FAULT) {
            destination.failDialling(new StackOverflowError());
        }
        switch (phase) {
            case CONNECTING -> destination.withhold(Attach.class);
            case SENDING_FILES -> destination.stallBlocks();
            case RESTORING -> destination.withhold(FilesEnd.class);
            case RESUMING, COMMITTING -> destination.withhold(Commit.class);
            default -> {}
        }
        if (phase != MigrationPhase.DUMPING) {
            letDumpHold();
        }
        if (phase != MigrationPhase.ENDING_TASKS) {
            letTasksEnd();
        }
        if (phase == MigrationPhase.SENDING_FILES && event == Event.FAULT) {
            destination.exhaustMemory();
        }
    }

    void reach(MigrationPhase phase, Event event) {
        if (event == Event.FAULT
                && (phase == MigrationPhase.CONNECTING || phase == MigrationPhase.SENDING_FILES)) {
            return; // holdAt has already arranged the fault.
        }
        switch (phase) {
            case CONNECTING -> destination.awaitHeard(Attach.class);
            case DUMPING -> awaitDump();
            case SENDING_FILES -> destination.awaitStalled();
            case RESTORING -> destination.awaitHeard(FilesEnd.class);
            case RESUMING, COMMITTING -> destination.awaitHeard(Commit.class);
            case FETCHING_MEMORY -> context.files().committed().join();
            case RECALLING -> {
                context.files().committed().join();
                destination.cut();
                destination.awaitHeard(Recommit.class);
            }
            case ENDING_TASKS -> awaitEndOfTasks();
            default -> throw new IllegalArgumentException("nothing happens in " + phase);
        }
    }

    private void inject(MigrationPhase phase, Event event) {
        switch (event) {
            case SUCCESS -> {}
            case PEER_LOST -> destination.cut();
            case PEER_SILENT -> destination.fallSilent();
            case ABORT -> destination.abort(CloseReason.RESTORE_FAILED);
            case STOP -> migration.stop();
            case DUMP_FAILS -> failDump(phase);
            case FAULT -> fail(phase, new StackOverflowError());
        }
    }

    void proceed(MigrationPhase phase) {
        switch (phase) {
            case CONNECTING ->
                    destination.answer(ScriptedDestination.attached(container.isPresent()));
            case DUMPING -> letDumpHold();
            case SENDING_FILES -> destination.releaseBlocks();
            case RESTORING -> destination.answer(ScriptedDestination.staged());
            case RESUMING, COMMITTING -> destination.answer(ScriptedDestination.committed());
            case RECALLING -> destination.answerLast(copyEnded());
            case ENDING_TASKS -> letTasksEnd();
            default -> {}
        }
    }

    static Frame copyEnded() {
        return new Abort(CloseReason.PEER_LOST, "the source was lost", Optional.empty());
    }

    void run(
            boolean restore,
            boolean lazy,
            Duration peerTimeout,
            Function<MigrationContext, Transfer> transfer) {
        MigrationPlan plan =
                new MigrationPlan(
                        CRIU, root, folder, rounds, restore, List.of(), container, connections);
        FilesConnection files =
                new FilesConnection(
                        new Attach(
                                "source",
                                Optional.of("web"),
                                restore,
                                lazy,
                                peerTimeout.toMillis(),
                                Optional.empty(),
                                container.map(RuncContainer::id),
                                mayTurnLazy));
        FirstFailure failure = new FirstFailure();
        context =
                new MigrationContext(
                        plan,
                        new LocalTree(plan, launcher()),
                        files,
                        new CommitProtocol(files, destination, peerTimeout),
                        failure,
                        new MigrationTimes(),
                        new MigrationHooks(hooks, FACTS, failure),
                        new MigrationFiles(
                                new FileSync(
                                        copies,
                                        new SyncServices(
                                                syncs,
                                                spec -> launcher().launch(asRsync(spec)),
                                                Duration.ofSeconds(30),
                                                peerTimeout)),
                                failure));
        migration =
                new Migration(
                        context, transfer.apply(context), destination, Duration.ofSeconds(30));
        running = BackgroundTask.start("migration", migration::run);
    }

    private static ChildSpec asRsync(ChildSpec spec) {
        return new ChildSpec(
                List.of("/bin/sh", "-c", "read greeting <&3; echo hello >&3; read answer <&3"),
                spec.environment(),
                spec.outputFile());
    }

    private static PosixChildLauncher launcher() {
        try {
            return new PosixChildLauncher(4096);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    MigrationReport report() {
        return running.orTimeout(20, TimeUnit.SECONDS).join();
    }
}
