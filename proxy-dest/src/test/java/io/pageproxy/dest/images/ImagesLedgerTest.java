package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImagesLedgerTest {
    private static final ImageId PROCESS = new ImageId(Kind.PROCESS, 7);
    private static final ImageId SHARED = new ImageId(Kind.SHARED_MEMORY, 7);

    private final ImagesLedger ledger = new ImagesLedger(Run.PAGE);

    @Test
    void imagesKeepTheirRanges() {
        open(PROCESS);
        pages(PROCESS, 0x1000, 3);
        open(SHARED);
        ledger.onRecord(PageRecord.of(PageCommand.PARENT, PROCESS));
        pages(SHARED, 0x8000, 1);
        ledger.onRecord(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(ledger.images())
                .containsExactly(
                        Map.entry(PROCESS, Run.summary(List.of(Run.present(0x1000, 3)))),
                        Map.entry(SHARED, Run.summary(List.of(Run.present(0x8000, 1)))));
    }

    @Test
    void imageWithoutRangesIsListed() {
        open(PROCESS);
        ledger.onRecord(PageRecord.end(PageCommand.CLOSE));
        assertThat(ledger.images()).containsEntry(PROCESS, Run.summary(List.of()));
    }

    @Test
    void openingImageTwiceIsRefused() {
        open(PROCESS);
        open(SHARED);
        assertThat(refusal(PageRecord.of(PageCommand.OPEN2, PROCESS)))
                .isEqualTo(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void openingImageTwiceWithOldTypeNumberIsRefused() {
        open(PROCESS);
        long oldDstId = 7L << 8 | 11;
        assertThat(refusal(new PageRecord(PageCommand.OPEN2, 0, 0, 0, oldDstId)))
                .isEqualTo(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void pagesOfUnopenedImageAreRefused() {
        assertThat(refusal(PageRecord.pages(PROCESS, PageFlags.PRESENT, 0, 1)))
                .isEqualTo(CloseReason.DUMPER_PROTOCOL);
        open(PROCESS);
        assertThat(refusal(PageRecord.pages(SHARED, PageFlags.PRESENT, 0, 1)))
                .isEqualTo(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void tooManyImagesAreRefused() {
        for (long id = 1; id <= ImagesLedger.MAX_IMAGES; id++) {
            open(new ImageId(Kind.PROCESS, id));
        }
        ImageId oneMore = new ImageId(Kind.PROCESS, ImagesLedger.MAX_IMAGES + 1);
        assertThat(refusal(PageRecord.of(PageCommand.OPEN2, oneMore)))
                .isEqualTo(CloseReason.LIMIT_EXCEEDED);
    }

    @Test
    void imagesAreUnavailableBeforeEndOfStream() {
        open(PROCESS);
        assertThatThrownBy(ledger::images).isInstanceOf(IllegalStateException.class);
    }

    private void open(ImageId image) {
        ledger.onRecord(PageRecord.of(PageCommand.OPEN2, image));
    }

    private void pages(ImageId image, long vaddr, long nrPages) {
        ledger.onRecord(PageRecord.pages(image, PageFlags.PRESENT, vaddr, nrPages));
    }

    private CloseReason refusal(PageRecord page) {
        return catchThrowableOfType(SessionException.class, () -> ledger.onRecord(page)).reason();
    }
}
