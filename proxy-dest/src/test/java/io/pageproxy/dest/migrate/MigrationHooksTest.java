package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.hook.Hook;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.hook.HookPlan;
import io.pageproxy.hook.Hooks;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hooks of a destination, which are real processes. */
@Timeout(30)
class MigrationHooksTest {
    private ScriptedMigration migration;
    private Path file;

    @BeforeEach
    void script(@TempDir Path folder, @TempDir Path other) throws Exception {
        migration = new ScriptedMigration(folder);
        file = other.resolve("ran");
    }

    @AfterEach
    void close() {
        migration.close();
    }

    @Test
    void hooksOfAMigrationThatSucceedsRunInOrder() throws Exception {
        hooks(each());
        migration.staged();
        assertThat(ran()).containsExactly("before-freeze", "frozen", "before-resume");
        migration.says(new Commit());
        migration.hears(Committed.class);
        assertThat(migration.over().outcome().good()).isTrue();
        await().until(() -> ran().size() == 4);
        assertThat(ran()).endsWith("resumed");
    }

    @ParameterizedTest
    @EnumSource(names = {"BEFORE_FREEZE", "FROZEN", "BEFORE_RESUME"})
    void hookThatFailsBeforeTheCommitLeavesNoTreeHere(HookPhase phase) throws Exception {
        List<Hook> hooks = each();
        hooks.add(new Hook(phase, "echo no volume; exit 7"));
        hooks(hooks);
        if (phase == HookPhase.BEFORE_FREEZE) {
            migration.ask();
        } else {
            migration.restoring();
            migration.restore.ready.complete(null);
        }
        assertThat(migration.hears(Abort.class).message())
                .contains("exit 7, it printed: no volume");
        Outcome outcome = migration.over().outcome();
        assertThat(outcome.reason()).isEqualTo(CloseReason.RESTORE_FAILED);
        assertThat(migration.restore.running).isFalse();
        await().until(() -> ran().contains("rolled-back"));
        assertThat(ran()).contains(phase.label()).doesNotContain("resumed");
    }

    @Test
    void abortOfTheSourceEndsTheHookThatRuns() throws Exception {
        hooks(List.of(new Hook(HookPhase.FROZEN, record() + "; exec sleep 1000")));
        migration.restoring();
        await().until(() -> !ran().isEmpty());
        migration.says(new Abort(CloseReason.SHUTDOWN, "told to stop", Optional.empty()));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
    }

    private void hooks(List<Hook> list) throws IOException {
        Map<String, String> environment =
                Map.of("PATH", System.getenv("PATH"), "RAN", file.toString());
        migration.hooks =
                new Hooks(
                        new HookPlan(list, Duration.ofSeconds(20)),
                        new PosixChildLauncher(4096),
                        environment);
        migration.services = migration.services(migration.restore, SessionPolicy.ANY);
    }

    private static List<Hook> each() {
        List<Hook> hooks = new ArrayList<>();
        for (HookPhase phase : HookPhase.values()) {
            hooks.add(new Hook(phase, record()));
        }
        return hooks;
    }

    private static String record() {
        return "echo $PAGEPROXY_PHASE >>$RAN";
    }

    private List<String> ran() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }
}
