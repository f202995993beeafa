package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A destination whose disk becomes full at various points of a migration. */
class DiskFullIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 8;
    private static final int OUT_OF_SPACE = 5;

    /** Files that a session writes besides the pages (mark, log and pagemap), one page each. */
    private static final int SMALL_FILES = 3;

    @RegisterExtension final Lab lab = new Lab();

    /**
     * The motivation of this project: nobody notices the full disk, and CRIU kills the process at
     * the source.
     */
    @Test
    void withoutProxiesFullDiskAtTheLastPageLosesTheProcess() throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        workload.assertGood();
        Path first = lab.folder("first");
        PlainRun good = plainDump(workload, first, "--leave-running");
        assertThat(List.of(good.pageServerExit(), good.dumperExit())).containsOnly(0);

        try (Tmpfs tmpfs = tmpfs(Images.pagesBytes(first))) {
            PlainRun lost = plainDump(workload, tmpfs.dir());

            assertThat(lost.pageServerExit()).as("page server's exit").isZero();
            assertThat(lost.dumperExit()).as("dumper's exit").isZero();
            workload.awaitGone();
            assertThat(Images.pagesBytes(tmpfs.dir())).isEqualTo(Images.pagesBytes(first));
            assertThat(Images.pagemaps(tmpfs.dir()))
                    .singleElement(InstanceOfAssertFactories.PATH)
                    .isEmptyFile();
        }
    }

    @Test
    void withProxiesFullDiskAtAnyPointFailsBothSidesAndTheProcessLives() throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        workload.assertGood();
        Path fits = lab.folder("fits");
        assertThat(migrate(workload, fits, "--leave-running").dest().awaitExit()).isZero();
        long pages = Images.pagesBytes(fits) / Images.PAGE_BYTES;

        for (long sizePages : new long[] {1, 2, 4}) {
            try (Tmpfs tmpfs = tmpfs(bytes(sizePages))) {
                assertFailsForSpace(workload, tmpfs.dir(), sizePages - pages);
            }
        }
        LongStream inTheStream = LongStream.of(pages / 3, pages - 20);
        LongStream atTheEnd = LongStream.range(pages - 1, pages + SMALL_FILES);
        assertAllButTheLastFailForSpace(
                workload,
                // With one more page it succeeds, so the sizes cover the session up to its end.
                LongStream.concat(
                                LongStream.concat(inTheStream, atTheEnd),
                                LongStream.of(pages + SMALL_FILES))
                        .toArray());
    }

    /** Each size has its own session of the same pair. */
    private void assertAllButTheLastFailForSpace(Workload workload, long[] sizesPages) {
        for (int number = 1; number <= sizesPages.length; number++) {
            Path disk = lab.folder("images/" + number);
            lab.keep(Tmpfs.mount(lab.folder("logs"), disk, bytes(sizesPages[number - 1])));
        }
        Command dest = lab.dest(CRIU);
        Command source = lab.listeningSource(dest, "--session", "{n}/web");
        for (int number = 1; number <= sizesPages.length; number++) {
            String address = source.awaitLine("listening ", number);
            Command dump = lab.start("dump", CRIU.dumpTo(address, workload, lab.folder("dump")));
            Path images = lab.images().resolve(number + "/web");
            boolean fits = number == sizesPages.length;

            assertThat(dump.awaitExit() == 0).as(source + "\n" + dest).isEqualTo(fits);
            source.awaitLine("listening ", number + 1);
            if (fits) {
                workload.awaitGone();
                Images.assertComplete(images);
                continue;
            }
            String failed = "session=" + number + "/web .*the destination ran out of space";
            assertThat(source.stderr()).containsPattern(failed);
            assertThat(dest.stderr()).containsPattern(failed);
            Images.assertMarkedOrGone(images);
            workload.assertUntouched();
        }
        source.terminate();
        assertThat(source.awaitExit()).as("of a failed session").isEqualTo(OUT_OF_SPACE);
    }

    @Test
    void memoryThatCannotFitIsRefusedBeforeTheFreeze() {
        Workload workload = lab.memory("work", MEGABYTES);
        try (Tmpfs tmpfs = tmpfs(1 << 20)) {
            Command dest = lab.destIn(tmpfs.dir(), CRIU.program(), "--once");
            Command source = lab.sourceDumping(dest, CRIU, workload, lab.folder("dump"));

            assertThat(source.awaitExit()).as(source::toString).isEqualTo(OUT_OF_SPACE);
            assertThat(source.stderr())
                    .contains("reason=no_space")
                    .contains("bytes free: make room there")
                    .endsWith("nothing was frozen\n");
            workload.assertUntouched();
            Images.assertMarkedOrGone(tmpfs.dir());
        }
    }

    private Tmpfs tmpfs(long bytes) {
        return Tmpfs.mount(lab.folder("logs"), lab.folder("full"), bytes);
    }

    private void assertFailsForSpace(Workload workload, Path full, long pagesToSpare) {
        Pair pair = migrate(workload, full);
        String size = "pages + " + pagesToSpare + ": ";

        assertThat(pair.source().awaitExit()).as(size + pair.source()).isEqualTo(OUT_OF_SPACE);
        assertThat(pair.dest().awaitExit()).as(size + pair.dest()).isEqualTo(OUT_OF_SPACE);
        assertThat(pair.source().stderr()).as(size).contains("the destination ran out of space");
        assertThat(pair.dest().stderr()).as(size).contains("the destination ran out of space");
        Images.assertMarkedOrGone(full);
        workload.assertUntouched();
    }

    private record Pair(Command source, Command dest) {}

    /** A source that listens does not know how much will come, so it is not refused beforehand. */
    private Pair migrate(Workload workload, Path images, String... dumpOptions) {
        Command dest = lab.destIn(images, CRIU.program(), "--once");
        Command source = lab.listeningSource(dest, "--once");
        List<String> dump =
                new ArrayList<>(CRIU.dumpTo(Lab.address(source), workload, lab.folder("dump")));
        dump.addAll(List.of(dumpOptions));
        lab.start("dump", dump).awaitExit();
        source.awaitExit();
        return new Pair(source, dest);
    }

    private record PlainRun(int pageServerExit, int dumperExit) {}

    /** Runs page server and dumper without proxies. */
    private PlainRun plainDump(Workload workload, Path images, String... dumpOptions)
            throws IOException {
        int port = FreePort.next();
        List<String> server = new ArrayList<>(List.of(CRIU.program(), "page-server"));
        server.addAll(List.of("--address", "127.0.0.1", "--port", "" + port));
        server.addAll(List.of("-D", images.toString(), "-W", lab.folder("logs").toString()));
        Command pageServer = lab.start("page-server", server);
        await().atMost(Command.TIMEOUT).until(() -> isListenedOn(port));
        List<String> dump =
                new ArrayList<>(CRIU.dumpTo("127.0.0.1:" + port, workload, lab.folder("dump")));
        dump.addAll(List.of(dumpOptions));
        Command dumper = lab.start("dump", dump);
        return new PlainRun(pageServer.awaitExit(), dumper.awaitExit());
    }

    /** Checks without connecting, because a page server accepts only one connection. */
    private static boolean isListenedOn(int port) throws IOException {
        String listening = String.format(Locale.ROOT, ":%04X 00000000:0000 0A", port);
        return Files.readString(Path.of("/proc/net/tcp")).contains(listening);
    }

    private static long bytes(long pages) {
        return pages * Images.PAGE_BYTES;
    }
}
