package io.pageproxy.source.migrate.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.sync.SyncPass.Stage;
import io.pageproxy.source.migrate.sync.SyncPlan.Folder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both passes with a scripted destination and a shell script in place of our rsync. */
@Timeout(60)
class FileSyncTest {
    private static final String TOKEN = "ab".repeat(32);
    private static final SyncEnd GOOD = new SyncEnd(0, Optional.empty());

    /** Says a word, and exits with 0 when the other side has answered. */
    private static final String GOOD_RSYNC = "echo hello >&3; read answer <&3";

    @TempDir private Path dir;
    private final ScriptedSyncs destination = new ScriptedSyncs();
    private final List<ChildProcess> children = new CopyOnWriteArrayList<>();
    private final List<ChildSpec> started = new CopyOnWriteArrayList<>();
    private Duration timeout = Duration.ofSeconds(20);
    private boolean compress;
    private String first = GOOD_RSYNC;
    private String last = GOOD_RSYNC;
    private SyncServices services;
    private FileSync sync;

    @BeforeEach
    void answerGood() {
        destination.onFrame(
                (frame, pair) -> {
                    if (frame instanceof Block) {
                        pair.say("answer\n");
                        pair.say(GOOD);
                    }
                });
    }

    /** Nothing of rsync stays, whatever happens. */
    @AfterEach
    void assertNothingIsLeft() throws Exception {
        sync.close();
        for (ChildProcess child : children) {
            child.exit().get(20, TimeUnit.SECONDS);
        }
        await().until(destination::allOver);
        for (ChildSpec spec : started) {
            assertThat(spec.outputFile().orElseThrow()).doesNotExist();
        }
        destination.close();
    }

    private void plan(String... folders) throws IOException {
        List<Folder> all =
                Stream.of(folders)
                        .map(name -> new Folder(dir.resolve(name), Optional.of("/srv/" + name)))
                        .toList();
        ChildLauncher real = new PosixChildLauncher(1 << 16);
        ChildLauncher launcher =
                spec -> {
                    started.add(spec);
                    String script = spec.command().contains("--checksum") ? last : first;
                    List<String> words = List.of("/bin/sh", "-c", script);
                    ChildProcess child =
                            real.launch(
                                    new ChildSpec(words, spec.environment(), spec.outputFile()));
                    children.add(child);
                    return child;
                };
        services =
                new SyncServices(
                        destination, launcher, Duration.ofSeconds(20), Duration.ofSeconds(15));
        sync = new FileSync(new SyncPlan(all, timeout, compress), services);
    }

    @Test
    void bothRsyncsOfTheLastPassAreReadyBeforeTheFreezeAndHearNothing() throws Exception {
        Path heard = dir.resolve("heard");
        last = "read answer <&3; echo \"$answer\" >>" + heard + "; echo x >&3; read end <&3";
        destination.onSync(
                (begun, pair) -> {
                    pair.say(new SyncReady());
                    if (begun.last()) {
                        pair.say("greeting\n");
                    }
                });
        plan("a", "b");
        sync.copyFirst(TOKEN, false);
        assertThat(destination.greetings())
                .containsExactly(
                        new Sync(TOKEN, Optional.of("/srv/a"), false, 15_000),
                        new Sync(TOKEN, Optional.of("/srv/b"), false, 15_000),
                        new Sync(TOKEN, Optional.of("/srv/a"), true, 15_000),
                        new Sync(TOKEN, Optional.of("/srv/b"), true, 15_000));
        assertThat(children).hasSize(4);
        assertThat(heard).doesNotExist();
        sync.copyLast();
        assertThat(heard).hasContent("greeting\ngreeting");
        assertThat(sync.reports())
                .extracting(SyncReport::folder)
                .containsExactly(dir.resolve("a") + "", dir.resolve("b") + "");
        assertThat(sync.reports().get(0).last().bytes()).isEqualTo(2 + 9 + 7);
        assertThat(sync.wireBytes()).isPositive();
        assertThat(sync.predictedSeconds()).isZero();
    }

    /** It compares contents as the last one does, while the tree runs. */
    @Test
    void furtherPassPredictsTheLast() throws Exception {
        plan("a", "b");
        sync.copyFirst(TOKEN, true);
        assertThat(destination.greetings())
                .extracting(Sync::last)
                .containsExactly(false, false, false, false, true, true);
        assertThat(started)
                .extracting(spec -> spec.command().contains("--checksum"))
                .containsExactly(false, true, false, true, true, true);
        assertThat(sync.predictedSeconds()).isPositive();
        assertThat(sync.reports().get(0).first().bytes()).isEqualTo(2 * (6 + 7));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rsyncCompressesIfItIsToldTo(boolean told) throws Exception {
        compress = told;
        plan("a");
        sync.copyFirst(TOKEN, false);
        assertThat(started)
                .hasSize(2)
                .allMatch(spec -> spec.command().contains("--compress") == told);
    }

    @Test
    void vanishedFilesAreNormalInTheFirstPassAndTriedAgainInTheLast() throws Exception {
        Path again = dir.resolve("again");
        first = GOOD_RSYNC + "; exit 24";
        last = GOOD_RSYNC + "; [ -e " + again + " ] || { touch " + again + "; exit 24; }";
        plan("a");
        sync.copyFirst(TOKEN, false);
        assertThat(destination.greetings()).hasSize(2);
        sync.copyLast();
        assertThat(destination.greetings())
                .extracting(Sync::last)
                .containsExactly(false, true, true);
    }

    @ParameterizedTest
    @CsvSource({"23, 3", "24, 3", "11, 2"})
    void lastPassThatFailsForGoodNamesRsyncsCode(int code, int passes) throws Exception {
        last = GOOD_RSYNC + "; echo 'no such luck'; exit " + code;
        plan("a");
        sync.copyFirst(TOKEN, false);
        assertThatThrownBy(sync::copyLast)
                .isInstanceOf(MigrationFailedException.class)
                .hasMessageContaining("failed while the tree was frozen, exit code " + code)
                .hasMessageContaining("no such luck");
        assertThat(destination.greetings()).hasSize(passes);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rsyncThatIsKilledThereIsNamed(boolean inLast) throws Exception {
        first = "echo hello >&3; read answer <&3 || exit 12";
        last = first;
        destination.onFrame(
                (frame, pair) -> {
                    if (frame instanceof Block) {
                        if (destination.greetings().size() > 1 == inLast) {
                            pair.say(new SyncEnd(137, Optional.of("its log")));
                        } else {
                            pair.say("answer\n");
                            pair.say(GOOD);
                        }
                    }
                });
        plan("a");
        assertThatThrownBy(
                        () -> {
                            sync.copyFirst(TOKEN, false);
                            sync.copyLast();
                        })
                .isInstanceOf(MigrationFailedException.class)
                .hasMessageContaining(inLast ? "while the tree was frozen" : "failed, exit code 12")
                .hasMessageContaining("exit code 137 at the destination: its log");
    }

    @Test
    void rsyncThatIsKilledHereIsNamed() throws Exception {
        last = "kill -9 $$";
        destination.onFrame(
                (frame, pair) -> {
                    if (frame instanceof SyncEnd || frame instanceof Block) {
                        pair.say("answer\n");
                        pair.say(GOOD);
                    }
                });
        plan("a");
        sync.copyFirst(TOKEN, false);
        assertThatThrownBy(sync::copyLast).hasMessageContaining("exit code 137");
    }

    @Test
    void firstPassThatBringsNothingEnds() throws Exception {
        first = "exec sleep 100";
        timeout = Duration.ofMillis(200);
        plan("a");
        assertTooLong(
                () -> sync.copyFirst(TOKEN, false), "has brought nothing in its first pass for");
    }

    @Test
    void lastPassThatTakesTooLongEnds() throws Exception {
        last = "exec sleep 100";
        plan("a");
        Folder folder = new Folder(dir.resolve("a"), Optional.of("/srv/a"));
        try (SyncPass pass = new SyncPass(folder, Stage.LAST, TOKEN, Duration.ofSeconds(15))) {
            pass.open(services, false);
            pass.release();
            assertTooLong(
                    () -> pass.await(Duration.ofMillis(100)),
                    "with its last pass, while the tree was frozen, within --sync-timeout 0.1 s");
        }
    }

    private void assertTooLong(ThrowingCallable copy, String says) {
        MigrationFailedException failed =
                catchThrowableOfType(MigrationFailedException.class, copy);
        assertThat(failed.outcome().reason()).isEqualTo(CloseReason.PEER_SILENT);
        assertThat(failed).hasMessageContaining(says);
    }

    @Test
    void refusalOfTheDestinationKeepsItsReason() throws Exception {
        destination.onSync(
                (begun, pair) ->
                        pair.say(
                                new Abort(
                                        CloseReason.SESSION_NOT_ALLOWED,
                                        "not into that",
                                        Optional.empty())));
        plan("a");
        MigrationFailedException failed =
                catchThrowableOfType(
                        MigrationFailedException.class, () -> sync.copyFirst(TOKEN, false));
        assertThat(failed.outcome().reason()).isEqualTo(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(failed).hasMessageContaining("not into that");
        assertThat(children).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionThatIsCutEndsThePass(boolean inLast) throws Exception {
        destination.onFrame(
                (frame, pair) -> {
                    if (frame instanceof Block && destination.greetings().size() > 1 == inLast) {
                        pair.cut();
                    } else if (frame instanceof Block) {
                        pair.say("answer\n");
                        pair.say(GOOD);
                    }
                });
        plan("a");
        MigrationFailedException failed =
                catchThrowableOfType(
                        MigrationFailedException.class,
                        () -> {
                            sync.copyFirst(TOKEN, false);
                            sync.copyLast();
                        });
        assertThat(failed.outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
    }

    @Test
    void migrationThatEndsMeanwhileEndsAllPasses() throws Exception {
        last = "exec sleep 100";
        plan("a", "b");
        sync.copyFirst(TOKEN, false);
        CompletableFuture<Void> copying =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                sync.copyLast();
                            } catch (IOException | InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
        sync.close();
        assertThatThrownBy(() -> copying.get(20, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(MigrationFailedException.class);
        assertThatThrownBy(() -> sync.copyFirst(TOKEN, false)).hasMessageContaining("told to stop");
    }
}
