package io.pageproxy.source.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.source.migrate.dump.DumpedImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The network process's side, with a real monitor. */
@Timeout(60)
class MonitoredTreeTest implements MonitorLink.Jobs {
    @TempDir Path folder;
    private final CompletableFuture<JobLink> begun = new CompletableFuture<>();
    private final CompletableFuture<List<String>> wanted = new CompletableFuture<>();
    private final CompletableFuture<JobLink> stopped = new CompletableFuture<>();
    private final CountDownLatch monitorGone = new CountDownLatch(1);
    private MonitorLab lab;
    private CompletableFuture<JobEnd> end;
    private MonitoredTree tree;

    @BeforeEach
    void begin() throws IOException {
        lab = new MonitorLab(folder);
        MonitorLink.over(lab.network, this, monitorGone::countDown);
        end = lab.migrateByLink();
        tree = new MonitoredTree(begun.join(), lab.plan(0));
    }

    @AfterEach
    void close() throws IOException {
        lab.close();
    }

    @Override
    public void begin(JobLink job, List<String> request) {
        wanted.complete(request);
        begun.complete(job);
    }

    @Override
    public void stop(JobLink job) {
        stopped.complete(job);
    }

    private ChildProcess dump() throws IOException {
        tree.open();
        ChildProcess dump =
                tree.launcher()
                        .launch(new ChildSpec(tree.dumper(0).words(), Map.of(), Optional.empty()));
        tree.held().join();
        Posix.close(dump.takeSocket());
        return dump;
    }

    @Test
    void treeIsDumpedHeldAndEnded() throws Exception {
        assertThat(wanted.join()).containsExactly("/", "migrate");
        assertThat(tree.lives()).isTrue();
        ChildProcess dump = dump();
        assertThat(tree.count()).isEqualTo(1);
        assertThat(tree.awaitGone(Duration.ZERO)).isFalse();
        tree.go();
        assertThat(dump.exit().get(10, TimeUnit.SECONDS).success()).isTrue();
        assertThat(tree.awaitGone(Duration.ofSeconds(10))).isTrue();
        assertThat(tree.lives()).isFalse();
        tree.close();
        begun.join().over(0);
        assertThat(end.get(10, TimeUnit.SECONDS).exitCode()).hasValue(0);
        assertThatThrownBy(() -> tree.count()).hasMessage("the job is over");
    }

    @Test
    void failureOfReleasedDumpHasTheEndOfItsLog() throws Exception {
        ChildProcess dump = dump();
        tree.release();
        assertThat(dump.exit().get(10, TimeUnit.SECONDS).code()).isEqualTo(1);
        assertThat(dump.lastWords()).hasValue("Error (x.c:1): not let go on");
        assertThat(tree.lives()).isTrue();
    }

    @Test
    void imagesComeInTheirOrderHoweverManyThereAre() throws Exception {
        int more = 2 * JobWork.MAX_IMAGES;
        for (int i = 100; i < 100 + more; i++) {
            Files.writeString(lab.images.resolve("mm-" + i + ".img"), "mm " + i);
        }
        dump();
        DumpedImages images = tree.images(false);
        assertThat(images.count()).isEqualTo(2 + more);
        assertThat(read(images, 0)).isEqualTo("core-1.img 5 core\n");
        assertThat(read(images, 1)).isEqualTo("inventory.img 10 inventory\n");
        for (int i = 0; i < more; i++) {
            int number = 100 + i;
            assertThat(read(images, 2 + i)).isEqualTo("mm-" + number + ".img 6 mm " + number);
        }
    }

    private static String read(DumpedImages images, int index) throws IOException {
        try (DumpedImages.Image image = images.open(index)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(100);
            image.content().read(bytes);
            return image.name() + " " + image.sizeBytes() + " " + UTF_8.decode(bytes.flip());
        }
    }

    @Test
    void refusalNamesItsReason() throws IOException {
        tree.open();
        Files.delete(folder.resolve("criu"));
        ChildSpec spec = new ChildSpec(tree.dumper(0).words(), Map.of(), Optional.empty());
        assertThatThrownBy(() -> tree.launcher().launch(spec)).hasMessageContaining("criu");
    }

    @Test
    void orderToStopArrives() {
        lab.stopJob();
        assertThat(stopped.join()).isEqualTo(begun.join());
    }

    @Test
    void endOfMonitorFailsWhatWaits() throws Exception {
        ChildProcess dump = dump();
        lab.monitor.close();
        assertThat(monitorGone.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(dump.exit().get(10, TimeUnit.SECONDS).success()).isFalse();
        assertThatThrownBy(() -> tree.count()).isInstanceOf(IOException.class);
    }
}
