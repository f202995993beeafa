package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.net.EventLoops;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lazy-pages daemon's socket appears, or does not. */
class SocketWatchTest {
    private static final long STARTED_MILLIS = 1_000_000_000_000L;

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger listening = new AtomicInteger();
    @TempDir private Path images;
    private SocketWatch watch;

    @BeforeEach
    void begin() throws Exception {
        Workers workers = new Workers(this::look, group.next());
        watch = new SocketWatch(images, STARTED_MILLIS, workers, listening::incrementAndGet);
        workers.loop().submit(watch::begin).get();
    }

    private void look(Runnable work) {
        work.run();
        looks.incrementAndGet();
    }

    @AfterEach
    void endLoop() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void socketOf(long millis) throws Exception {
        Path socket = Files.createFile(images.resolve("lazy-pages.socket"));
        Files.setLastModifiedTime(socket, FileTime.fromMillis(millis));
    }

    @Test
    void socketOfTheDaemonIsReportedOnce() throws Exception {
        socketOf(System.currentTimeMillis());
        await().until(() -> listening.get() == 1);
        int before = looks.get();
        await().pollDelay(50, TimeUnit.MILLISECONDS).until(() -> true);
        assertThat(looks.get()).isEqualTo(before);
        assertThat(listening).hasValue(1);
    }

    @Test
    void socketThatIsOlderThanTheDaemonIsIgnored() throws Exception {
        Path prepared = Files.createFile(images.resolve("prepared"));
        Files.setLastModifiedTime(prepared, FileTime.fromMillis(STARTED_MILLIS - 1));
        Files.move(prepared, images.resolve("lazy-pages.socket"));
        int before = looks.get();
        await().until(() -> looks.get() > before + 2);
        assertThat(listening).hasValue(0);
    }

    @Test
    void nothingIsReportedAfterTheEndOfTheWatch() throws Exception {
        group.next().submit(watch::stop).get();
        socketOf(System.currentTimeMillis());
        int before = looks.get();
        await().pollDelay(50, TimeUnit.MILLISECONDS).until(() -> true);
        assertThat(looks.get()).isLessThanOrEqualTo(before + 1);
        assertThat(listening).hasValue(0);
    }
}
