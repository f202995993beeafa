package io.pageproxy.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.app.local.Workspace;
import io.pageproxy.simulator.PageServerScript;
import io.pageproxy.simulator.PageServerScript.Lie;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DemoTest {
    private static final long SIZE = 8 << 20;

    @TempDir private Path dir;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void builtInStreamIsVerifiedAndReported() throws IOException {
        assertThat(demo(SIZE, PageServerScript.HONEST).run()).isZero();
        assertThat(text(out))
                .contains("6  comparison    8,388,608 bytes, all as they were sent")
                .contains("mutual TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768")
                .containsPattern("pages +2,048 of 4,096 bytes")
                .containsPattern("wire bytes +[\\d,]+ +[\\d.]+:1, TLS included")
                .containsPattern("verdict +PROVEN: every byte arrived as it was sent");
        assertThat(text(out).lines()).allMatch(line -> line.length() < 80);
        assertThat(dir.resolve("work/images/demo")).isDirectoryContaining("glob:**pages-1.img");
    }

    @Test
    void incompleteImagesFailWithExitCodeOfSession() throws IOException {
        assertThat(demo(SIZE, PageServerScript.lying(Lie.CUTS_PAGES)).run()).isEqualTo(5);
        assertThat(text(out)).contains(" 4  stream        FAILED").doesNotContain("PROVEN");
        assertThat(text(err)).contains("step 4, stream: ").contains("pages-4.img has");
    }

    @Test
    void alteredByteFailsComparison() throws IOException {
        assertThat(demo(SIZE, PageServerScript.lying(Lie.ALTERS_A_BYTE)).run()).isEqualTo(5);
        assertThat(text(err)).contains("step 6, comparison: process 1000: byte 0 of the page");
    }

    @Test
    void nonEmptyFolderIsRefused() throws IOException {
        Path mine = Files.createDirectories(dir.resolve("work")).resolve("mine");
        Files.createFile(mine);
        assertThat(demo(SIZE, PageServerScript.HONEST).run()).isEqualTo(1);
        assertThat(text(err)).contains("--keep " + dir.resolve("work") + " is not empty");
        assertThat(mine).exists();
    }

    @Test
    void insufficientSpaceIsReportedBeforeAnythingIsCreated() throws IOException {
        assertThat(demo(1L << 40, PageServerScript.HONEST).run()).isEqualTo(1);
        assertThat(text(err)).contains("free: take a smaller --size");
        try (Stream<Path> made = Files.list(dir.resolve("work"))) {
            assertThat(made).isEmpty();
        }
    }

    @Test
    void demoStopsImmediatelyDuringStream() throws Exception {
        Demo demo = demo(SIZE, PageServerScript.slow(100_000));
        Thread stop =
                new Thread(
                        () -> {
                            Awaitility.await().until(() -> text(err).contains("stream"));
                            demo.stop();
                        });
        stop.start();
        long start = System.nanoTime();
        assertThat(demo.run()).isEqualTo(1);
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(20);
        assertThat(text(err)).contains("step 4, stream: told to stop");
        stop.join();
    }

    @Test
    void temporaryFolderIsDeleted() throws Exception {
        Path folder;
        try (Workspace work = Workspace.create("demo", Optional.empty())) {
            folder = work.path();
            Files.createSymbolicLink(work.makeFolder("a").resolve("link"), dir);
            Files.createFile(dir.resolve("stays"));
        }
        assertThat(folder).doesNotExist();
        assertThat(dir.resolve("stays")).exists();
    }

    @Test
    void progressLineIsRemovedBeforeResultOfStep() {
        Screen screen = new Screen(print(out), print(err), true, true);
        screen.begin("dump", "x".repeat(200));
        screen.done("all");
        String line = "  1  dump          " + "x".repeat(60);
        assertThat(text(err)).isEqualTo("\r" + line + "\033[J\r" + "\r\033[J");
        assertThat(text(out)).contains("\033[32mok\033[0m");
        screen.table(List.of(new Screen.Row("pages", "3")), "PROVEN");
        assertThat(text(out)).contains("  pages            3\n");
    }

    private Demo demo(long sizeBytes, PageServerScript script) {
        DemoOptions options =
                new DemoOptions(
                        sizeBytes, Optional.empty(), true, Optional.of(dir.resolve("work")));
        Screen screen = new Screen(print(out), print(err), false, false);
        return new Demo(options, screen, Optional.empty(), script);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
