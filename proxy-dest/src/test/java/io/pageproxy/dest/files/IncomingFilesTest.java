package io.pageproxy.dest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bounds of what a source can queue for a slow worker. */
class IncomingFilesTest {
    private static final int MORE_THAN_ENOUGH = 100_000;

    @TempDir private Path folder;
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Queue<Runnable> slowWorker = new ArrayDeque<>();
    private final List<Throwable> failures = new ArrayList<>();
    private DestLimits limits = DestLimits.DEFAULT;
    private final CRC32C checksum = new CRC32C();
    private ImagesFolder claimed;
    private IncomingFiles files;
    private int blocks;

    @BeforeEach
    void claim() {
        claimed = ImagesFolder.claim(folder, Optional.empty(), Optional.empty());
        attach();
    }

    private void attach() {
        files =
                new IncomingFiles(
                        Peers.tunnel(channel, "source", "aa"),
                        new SerialWork(slowWorker::add, channel.eventLoop(), failures::add),
                        new SessionQuota(limits, SessionGrant.UNLIMITED));
        files.addTo(claimed);
    }

    @AfterEach
    void close() {
        work();
        channel.finishAndReleaseAll();
    }

    private void work() {
        while (!slowWorker.isEmpty()) {
            slowWorker.remove().run();
            channel.runPendingTasks();
        }
    }

    private Block block(int bytes) {
        ByteBuf content = Unpooled.wrappedBuffer(new byte[bytes]);
        checksum.update(new byte[bytes]);
        return new Block(blocks++, 0, 0, bytes, (int) checksum.getValue(), content);
    }

    /** How many of those frames arrive until the connection is no longer read. */
    private int untilStopped(Runnable frame) {
        int count = 0;
        while (channel.config().isAutoRead() && count < MORE_THAN_ENOUGH) {
            frame.run();
            count++;
        }
        return count;
    }

    @Test
    void numberOfSmallBlocksStopsReading() {
        files.begin(new File("core-1.img", MORE_THAN_ENOUGH));
        assertThat(untilStopped(() -> files.take(block(1))))
                .isLessThanOrEqualTo(WorkBacklog.STOP_BYTES / WorkBacklog.PIECE_BYTES);
        work();
        assertThat(failures).isEmpty();
        assertThat(channel.config().isAutoRead())
                .as("reading resumes once the worker is done")
                .isTrue();
    }

    @Test
    void numberOfEmptyFilesStopsReading() {
        assertThat(
                        untilStopped(
                                () -> {
                                    files.begin(new File("core-1.img", 0));
                                    files.end(new FileEnd("00".repeat(32)));
                                }))
                .isLessThanOrEqualTo(WorkBacklog.STOP_BYTES / WorkBacklog.PIECE_BYTES / 2 + 1);
    }

    @Test
    void lengthOfNamesStopsReading() {
        String name = "x".repeat(4096);
        assertThat(untilStopped(() -> files.begin(new File(name, 0))))
                .isLessThanOrEqualTo(WorkBacklog.STOP_BYTES / (2 * name.length()));
    }

    @ParameterizedTest
    @CsvSource({"2, 1000000, --max-session-images 2", "9, 12287, --max-session-bytes 12287"})
    void emptyFilesCountForTheQuota(int images, long bytes, String limit) {
        work();
        limits = new DestLimits(1, bytes, images, 1, 1, 1, 1, 0);
        attach();
        files.begin(new File("core-1.img", 0));
        files.begin(new File("core-2.img", 0));
        assertThatThrownBy(() -> files.begin(new File("core-3.img", 0)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.LIMIT_EXCEEDED))
                .hasMessageContaining(limit);
    }

    @Test
    void contentOfLargeBlocksStopsReading() {
        files.begin(new File("core-1.img", 1L << 30));
        assertThat(untilStopped(() -> files.take(block(1 << 20)))).isLessThanOrEqualTo(4);
    }

    @Test
    void readingResumesAfterDroppedWork() {
        files.begin(new File("pages-1.img", MORE_THAN_ENOUGH)); // the page server's own name
        untilStopped(() -> files.take(block(1)));
        work();
        assertThat(failures).hasSize(1);
        assertThat(channel.config().isAutoRead()).isTrue();
    }
}
