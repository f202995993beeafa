package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesCheckTest {
    private static final ImageId PROCESS = new ImageId(Kind.PROCESS, 1234);
    private static final ImageId SHARED = new ImageId(Kind.SHARED_MEMORY, 7);
    private static final List<Run> RUNS = List.of(Run.present(0x1000, 3), Run.present(0x9000, 2));

    @TempDir private Path dir;
    private ImagesFolder folder;
    private final ImagesLedger ledger = new ImagesLedger(Run.PAGE);

    @BeforeEach
    void claim() {
        folder = ImagesFolder.claim(dir, Optional.of(new SessionName("web")), Optional.empty());
    }

    @AfterEach
    void abandon() {
        folder.abandon("the test is over");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void differentlySplitRangesAreComplete(long seed) throws IOException {
        Random random = new Random(seed);
        List<Run> runs = withoutParent(Run.sequence(random, 200));
        carried(PROCESS, Run.split(random, runs));
        carried(SHARED, RUNS);
        written(PROCESS, 65537, Run.split(random, runs));
        written(SHARED, 65538, RUNS);
        long pages = Run.presentPages(runs) + 5;
        assertThat(verify()).isEqualTo(new ImagesVerdict(2, pages, pages * Run.PAGE));
    }

    @Test
    void imageWithoutPagesIsComplete() throws IOException {
        carried(PROCESS, List.of());
        written(PROCESS, 1, List.of());
        assertThat(verify()).isEqualTo(new ImagesVerdict(1, 0, 0));
    }

    @Test
    void emptyPagemapOfFullDiskIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        Files.write(pagemap(PROCESS), new byte[0]);
        assertThat(refusal())
                .hasMessage(
                        "pagemap-1234.img is empty: the stream carried 5 pages, in 2 runs for"
                                + " process 1234; in "
                                + folder.path());
        Files.writeString(folder.logFile(), "Error: No space left on device\n");
        SessionException full = catchThrowableOfType(SessionException.class, this::check);
        assertThat(full.reason()).isEqualTo(CloseReason.NO_SPACE);
        assertThat(full).hasMessageMatching(".*; .*/web is full \\(\\d+ bytes free\\)");
    }

    @Test
    void missingPagemapIsDetected() {
        carried(PROCESS, RUNS);
        assertThat(refusal()).hasMessageContaining("pagemap-1234.img is missing");
    }

    @Test
    void pagemapTruncatedBetweenEntriesIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS.subList(0, 1));
        assertThat(refusal())
                .hasMessageContaining("holds 3 pages, in 1 runs: the stream carried 5");
    }

    @Test
    void pagemapTruncatedInEntryIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        truncate(pagemap(PROCESS), Files.size(pagemap(PROCESS)) - 1);
        assertThat(refusal()).hasMessageContaining("is cut off after");
    }

    @Test
    void samePageCountAtOtherAddressesIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, List.of(Run.present(0x1000, 3), Run.present(0xa000, 2)));
        assertThat(refusal()).hasMessageContaining("at other addresses");
    }

    @ParameterizedTest
    @ValueSource(longs = {-Run.PAGE, -1, 1, Run.PAGE})
    void pagesImageOfWrongLengthIsDetected(long moreBytes) throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        truncate(folder.path().resolve("pages-1.img"), 5 * Run.PAGE + moreBytes);
        assertThat(refusal())
                .hasMessageContaining("pages-1.img has " + (5 * Run.PAGE + moreBytes) + " bytes")
                .hasMessageContaining("needs 20480 bytes");
    }

    @Test
    void missingPagesImageIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        Files.delete(folder.path().resolve("pages-1.img"));
        assertThat(refusal()).hasMessageContaining("pages-1.img is missing");
    }

    @Test
    void linkedImageIsRefused() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        Path pages = folder.path().resolve("pages-1.img");
        Files.createSymbolicLink(pages, Files.move(pages, dir.resolve("elsewhere")));
        assertThat(refusal()).hasMessageContaining("pages-1.img is no regular file");
    }

    @Test
    void sharedPagesImageIsDetected() throws IOException {
        ImageId third = new ImageId(Kind.PROCESS, 9);
        for (ImageId image : List.of(PROCESS, SHARED, third)) {
            carried(image, RUNS);
        }
        written(PROCESS, 1, RUNS);
        written(SHARED, 2, RUNS);
        written(third, 1, RUNS);
        assertThat(refusal()).hasMessageContaining("share pages-1.img");
    }

    @Test
    void unknownPagemapIsDetected() throws IOException {
        carried(PROCESS, RUNS);
        written(PROCESS, 1, RUNS);
        written(SHARED, 2, RUNS);
        assertThat(refusal()).hasMessageContaining("pagemap-shmem-7.img is there");
    }

    @Test
    void parentPagesRequireParent() throws IOException {
        List<Run> runs = List.of(new Run(PageFlags.PARENT, 0x1000, 3));
        carried(PROCESS, runs);
        written(PROCESS, 1, runs);
        assertThat(refusal()).hasMessageContaining("needs a parent, but the session has none");
    }

    @Test
    void parentPagesRequirePagemapBehindParentLink() throws IOException {
        written(SHARED, 1, RUNS);
        folder.markComplete(ImagesSync.NONE);
        folder =
                ImagesFolder.claim(
                        dir,
                        Optional.of(new SessionName("next")),
                        Optional.of(new SessionName("web")));
        List<Run> runs = List.of(new Run(PageFlags.PARENT, 0x1000, 3));
        carried(PROCESS, runs);
        written(PROCESS, 1, runs);
        assertThat(refusal()).hasMessageContaining("the link 'parent'");
        Files.createSymbolicLink(
                folder.path().resolve("parent"), folder.parentRelative().orElseThrow());
        assertThat(refusal()).hasMessageContaining("needs pagemap-1234.img behind 'parent'");
        Files.createFile(dir.resolve("web/pagemap-1234.img"));
        assertThat(verify()).isEqualTo(new ImagesVerdict(1, 0, 0));
    }

    @Test
    void failedSyncIsReported() throws IOException {
        Files.createSymbolicLink(folder.path().resolve("pages-1.img"), dir);
        SessionException refusal =
                catchThrowableOfType(SessionException.class, () -> folder.sync(ImagesSync.DURABLE));
        assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_NOT_WHOLE);
        folder.sync(ImagesSync.NONE);
    }

    private void check() {
        ImagesCheck.verify(folder, ledger);
    }

    private ImagesVerdict verify() {
        end();
        return ImagesCheck.verify(folder, ledger);
    }

    private SessionException refusal() {
        end();
        SessionException refusal = catchThrowableOfType(SessionException.class, this::check);
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_NOT_WHOLE);
        return refusal;
    }

    private void end() {
        ledger.onRecord(PageRecord.end(PageCommand.FORCE_CLOSE));
    }

    private void carried(ImageId image, List<Run> runs) {
        ledger.onRecord(PageRecord.of(PageCommand.OPEN2, image));
        for (Run run : runs) {
            ledger.onRecord(PageRecord.pages(image, run.flags(), run.vaddr(), run.nrPages()));
        }
    }

    private void written(ImageId image, long pagesId, List<Run> runs) throws IOException {
        Files.write(pagemap(image), PagemapWriter.image(pagesId, runs));
        truncate(
                folder.path().resolve("pages-" + pagesId + ".img"),
                Run.presentPages(runs) * Run.PAGE);
    }

    private Path pagemap(ImageId image) {
        return folder.path().resolve(image.pagemapFileName());
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
    }

    private static List<Run> withoutParent(List<Run> runs) {
        List<Run> without = new ArrayList<>(runs);
        without.removeIf(run -> (run.flags() & PageFlags.PARENT) != 0);
        return without;
    }
}
