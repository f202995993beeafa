package io.pageproxy.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hooks are real processes. */
@Timeout(30)
class HookRunTest {
    private static final HookFacts FACTS =
            new HookFacts(
                    Side.DESTINATION,
                    Optional.of("0123"),
                    Optional.of("web"),
                    Optional.of("db"),
                    "source\u001b[1m",
                    OptionalLong.of(4711),
                    Optional.empty());

    @TempDir private Path folder;

    @Test
    void hooksOfThePhaseRunInOrderAndKnowWhatMigrates() throws Exception {
        Path file = folder.resolve("told");
        run(
                Duration.ofSeconds(20),
                "printf '%s ' $PAGEPROXY_PHASE $PAGEPROXY_SIDE $PAGEPROXY_MIGRATION >>" + file,
                "printf '%s ' $PAGEPROXY_SESSION $PAGEPROXY_CONTAINER $PAGEPROXY_PID >>" + file,
                "printf '%s ' \"$PAGEPROXY_PEER\" $OWN >>" + file);
        assertThat(file).hasContent("frozen destination 0123 web db 4711 source?[1m own ");
    }

    @Test
    void firstFailureEndsTheRunAndSaysWhatItPrinted() {
        assertThatThrownBy(
                        () ->
                                run(
                                        Duration.ofSeconds(20),
                                        "echo first; echo no such volume >&2; exit 3",
                                        "touch " + folder.resolve("second")))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "hook frozen 'echo first; echo no such volume >&2; exit 3': exit 3, it"
                                + " printed: no such volume");
        assertThat(folder.resolve("second")).doesNotExist();
    }

    @Test
    void hookThatTakesTooLongIsKilledWithWhatItHasStarted() {
        Path pid = folder.resolve("pid");
        assertThatThrownBy(
                        () ->
                                run(
                                        Duration.ofMillis(500),
                                        "sleep 1000 & echo $! >" + pid + "; wait"))
                .hasMessageEndingWith(": not done within 0.5 s, it printed nothing");
        assertThat(pid).exists();
        awaitEnd(pid);
    }

    @Test
    void stoppedRunKillsItsHookAndStartsNoOther() {
        Path pid = folder.resolve("pid");
        HookRun run =
                prepare(
                        Duration.ofSeconds(20),
                        "echo $$ >" + pid + "; exec sleep 1000",
                        "touch " + folder.resolve("second"));
        CompletableFuture<Void> done =
                BackgroundTask.start(
                        "hook",
                        () -> {
                            run.run();
                            return null;
                        });
        await().until(() -> Files.exists(pid) && Files.size(pid) > 0);
        run.stop();
        assertThat(done).failsWithin(Duration.ofSeconds(20));
        awaitEnd(pid);
        assertThat(folder.resolve("second")).doesNotExist();
        assertThatThrownBy(run::run)
                .hasMessageEndingWith("was not started: the migration has failed");
    }

    private static void awaitEnd(Path pid) {
        await().until(
                        () ->
                                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                                        .isEmpty());
    }

    private static void run(Duration timeout, String... commands) throws Exception {
        prepare(timeout, commands).run();
    }

    private static HookRun prepare(Duration timeout, String... commands) {
        List<Hook> hooks = new ArrayList<>();
        hooks.add(new Hook(HookPhase.RESUMED, "exit 99"));
        for (String command : commands) {
            hooks.add(new Hook(HookPhase.FROZEN, command));
        }
        try {
            PosixChildLauncher launcher = new PosixChildLauncher(4096);
            Map<String, String> environment = Map.of("PATH", System.getenv("PATH"), "OWN", "own");
            return new Hooks(new HookPlan(hooks, timeout), launcher, environment)
                    .prepare(HookPhase.FROZEN, FACTS);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
