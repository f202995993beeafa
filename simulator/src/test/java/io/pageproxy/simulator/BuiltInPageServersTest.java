package io.pageproxy.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.simulator.PageServerScript.Lie;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class BuiltInPageServersTest {
    private static final int PAGE = Bench.PAGE;
    private static final ImageId PROCESS = new ImageId(Kind.PROCESS, 1234);

    @TempDir private Path dir;
    private final PageSet set =
            PageSets.generate(new PageContent(42, ContentMix.TYPICAL, PAGE), 3, 2, 12 << 20);

    @ParameterizedTest
    @EnumSource
    void setArrivesUnchangedInBothLayouts(RecordLayout layout) throws Exception {
        try (Bench bench =
                new Bench(dir, "web", Optional.empty(), layout, PageServerScript.HONEST)) {
            assertThat(bench.dumper.dump(set)).isZero();
            assertThat(bench.exit()).isEqualTo(ExitStatus.exited(0));
            assertThat(bench.check(set).pageBytes()).isEqualTo(set.presentBytes());
            assertThat(PageSetCheck.verify(set, bench.folder.path())).isEqualTo(12 << 20);
        }
    }

    @Test
    void roundRefersToParentImages() throws Exception {
        try (Bench first = Bench.of(dir, PageServerScript.HONEST)) {
            assertThat(first.dumper.hasParent(set.images().get(0).id())).isFalse();
            first.dumper.dump(set);
            first.exit();
            first.complete();
        }
        PageSet round = PageSets.nextRound(set, 43, 40);
        try (Bench second =
                new Bench(
                        dir,
                        "web2",
                        Optional.of("web"),
                        RecordLayout.BYTES_24,
                        PageServerScript.HONEST)) {
            assertThat(second.dumper.hasParent(set.images().get(0).id())).isTrue();
            assertThat(second.dumper.open(PROCESS)).isFalse();
            assertThat(second.dumper.open(round.images().get(4).id())).isTrue();
            second.dumper.hole(0x1000, 3);
            assertThat(second.dumper.finish(PageCommand.FORCE_CLOSE)).isZero();
            assertThat(second.exit().success()).isTrue();
        }
        try (Bench third =
                new Bench(
                        dir,
                        "web3",
                        Optional.of("web"),
                        RecordLayout.BYTES_24,
                        PageServerScript.HONEST)) {
            assertThat(third.dumper.dump(round)).isZero();
            third.exit();
            assertThat(third.check(round).pages()).isEqualTo(round.presentPages());
            assertThat(PageSetCheck.verify(round, third.folder.path()))
                    .isEqualTo(round.presentBytes());
        }
    }

    @Test
    void rangesWithAllFlagsAreWritten() throws Exception {
        PageRun lazyPresent = new PageRun(PageFlags.PRESENT | PageFlags.LAZY, 0x1000, 2);
        PageRun lazy = new PageRun(PageFlags.LAZY, 0x9000, 5);
        PageContent content = set.content();
        ByteBuffer pages = ByteBuffer.allocate(2 * PAGE);
        content.put(PROCESS, 0x1000, pages);
        content.put(PROCESS, 0x2000, pages);
        try (Bench bench = Bench.of(dir, PageServerScript.HONEST)) {
            bench.dumper.open(PROCESS);
            bench.dumper.run(lazyPresent, pages.flip());
            bench.dumper.run(lazy, content);
            assertThat(bench.dumper.finish(PageCommand.CLOSE)).isZero();
            bench.exit();
            PageSet sent =
                    new PageSet(
                            content, List.of(new PageImage(PROCESS, List.of(lazyPresent, lazy))));
            assertThat(bench.check(sent).pages()).isEqualTo(2);
            assertThat(PageSetCheck.verify(sent, bench.folder.path())).isEqualTo(2 * PAGE);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SKIPS_A_PAGE", "CUTS_PAGES", "EMPTIES_PAGEMAP"})
    void faultIsReportedAsSuccessButDetectedByCheck(Lie lie) throws Exception {
        try (Bench bench = Bench.of(dir, PageServerScript.lying(lie))) {
            assertThat(bench.dumper.dump(set)).isZero();
            assertThat(bench.exit().success()).isTrue();
            SessionException refusal =
                    catchThrowableOfType(SessionException.class, () -> bench.check(set));
            assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_NOT_WHOLE);
        }
    }

    @Test
    void alteredByteIsDetectedByComparison() throws Exception {
        try (Bench bench = Bench.of(dir, PageServerScript.lying(Lie.ALTERS_A_BYTE))) {
            bench.dumper.dump(set);
            bench.exit();
            assertThat(bench.check(set).pages()).isEqualTo(set.presentPages());
            assertThatThrownBy(() -> PageSetCheck.verify(set, bench.folder.path()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("byte 0 of the page at 0x")
                    .hasMessageContaining("process 1000");
        }
    }

    @Test
    void serverWithoutContentPassesLengthCheckAndUsesNoDisk() throws Exception {
        PreparedPages pages = new PreparedPages(set.content(), 9 << 20);
        try (Bench bench = Bench.of(dir, PageServerScript.lying(Lie.KEEPS_NO_CONTENT))) {
            assertThat(bench.dumper.dump(set, pages)).isZero();
            assertThat(bench.exit().success()).isTrue();
            assertThat(bench.check(set).pageBytes()).isEqualTo(set.presentBytes());
            byte[] image = Files.readAllBytes(bench.folder.path().resolve("pages-1.img"));
            assertThat(image).hasSizeGreaterThan(PAGE).containsOnly(0);
        }
    }

    @Test
    void preparedPagesAreReusedButNeverEqual() {
        PageContent noise = new PageContent(1, ContentMix.NOISE, PAGE);
        PreparedPages pages = new PreparedPages(noise, 3 * PAGE + 1);
        byte[] first = bytes(pages.next(2 * PAGE));
        byte[] again = bytes(pages.next(2 * PAGE));
        assertThat(again).hasSameSizeAs(first);
        for (int page = 0; page < first.length; page += PAGE) {
            int rest = page + Long.BYTES;
            assertThat(Arrays.equals(again, page, rest, first, page, rest)).isFalse();
            assertThat(Arrays.equals(again, rest, page + PAGE, first, rest, page + PAGE)).isTrue();
        }
    }

    @Test
    void preparedZerosStayZeros() {
        PageContent zeros = new PageContent(1, ContentMix.ZEROS, PAGE);
        PreparedPages pages = new PreparedPages(zeros, PAGE);
        pages.next(PAGE);
        assertThat(bytes(pages.next(PAGE))).containsOnly(0);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void dumperNoticesServersThatCloseOrExit() throws Exception {
        try (Bench bench = Bench.of(dir.resolve("a"), PageServerScript.lying(Lie.LEAVES_EARLY))) {
            assertThatThrownBy(() -> bench.dumper.dump(set)).isInstanceOf(IOException.class);
            assertThat(bench.exit()).isEqualTo(ExitStatus.exited(0));
        }
        try (Bench bench = Bench.of(dir.resolve("b"), PageServerScript.dying(1 << 20, 77))) {
            assertThatThrownBy(() -> bench.dumper.dump(set)).isInstanceOf(IOException.class);
            assertThat(bench.exit()).isEqualTo(ExitStatus.exited(77));
        }
    }

    @Test
    void killedSilentServerEndsBySignal() throws Exception {
        try (Bench bench = Bench.of(dir, PageServerScript.lying(Lie.NEVER_ANSWERS))) {
            assertThat(bench.server.signal(Signals.SIGKILL)).isTrue();
            assertThat(bench.exit()).isEqualTo(ExitStatus.killed(Signals.SIGKILL));
            assertThat(bench.server.signal(Signals.SIGKILL)).isFalse();
        }
    }

    @Test
    void brokenStreamIsFailureExplainedInLog() throws Exception {
        try (Bench bench = Bench.of(dir, PageServerScript.HONEST)) {
            bench.dumper.open(PROCESS);
            bench.dumper.close();
            assertThat(bench.exit()).isEqualTo(ExitStatus.exited(1));
            assertThat(bench.folder.logTail(5, 1000)).contains("ended before its CLOSE");
        }
    }

    @Test
    void slowServerSlowsDumper() throws Exception {
        PageSet small = PageSets.generate(set.content(), 1, 0, 2 << 20);
        try (Bench bench = Bench.of(dir, PageServerScript.slow(4 << 20))) {
            long start = System.nanoTime();
            assertThat(bench.dumper.dump(small)).isZero();
            assertThat((System.nanoTime() - start) / 1e9).isGreaterThan(0.45);
            bench.exit();
            assertThat(PageSetCheck.verify(small, bench.folder.path())).isEqualTo(2 << 20);
        }
    }
}
