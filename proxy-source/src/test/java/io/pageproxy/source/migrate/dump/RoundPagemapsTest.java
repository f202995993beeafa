package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.dest.pagemap.PagemapReader;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RoundPagemapsTest {
    private static final ImageId PROCESS = new ImageId(Kind.PROCESS, 7);
    private static final ImageId SHARED = new ImageId(Kind.SHARED_MEMORY, 0);

    @TempDir private Path folder;

    @Test
    void eachImageOfTheStreamHasAPagemapOfItsRuns() throws Exception {
        RoundPagemaps pagemaps = new RoundPagemaps(folder);
        pagemaps.onRecord(PageRecord.of(PageCommand.PARENT, PROCESS));
        pagemaps.onRecord(PageRecord.of(PageCommand.OPEN2, PROCESS));
        pagemaps.onRecord(PageRecord.pages(PROCESS, PageFlags.PRESENT, 0x1000, 3));
        pagemaps.onRecord(PageRecord.pages(PROCESS, PageFlags.PARENT, 0x7fff_ffff_f000L, 1L << 33));
        pagemaps.onRecord(PageRecord.of(PageCommand.OPEN2, SHARED));
        pagemaps.onRecord(PageRecord.pages(SHARED, PageFlags.PRESENT | PageFlags.LAZY, 0x2000, 1));
        pagemaps.onRecord(PageRecord.end(PageCommand.FORCE_CLOSE));
        pagemaps.finish();

        assertThat(runs("pagemap-7.img"))
                .containsExactly("4 1000 3", "1 7ffffffff000 " + (1L << 33));
        assertThat(runs("pagemap-shmem-0.img")).containsExactly("6 2000 1");
        assertThat(folder.resolve("pages-1.img")).isEmptyFile();
    }

    private List<String> runs(String name) throws IOException {
        List<String> runs = new ArrayList<>();
        long pagesId =
                new PagemapReader()
                        .read(
                                folder.resolve(name),
                                (flags, vaddr, nrPages) ->
                                        runs.add(
                                                flags
                                                        + " "
                                                        + Long.toHexString(vaddr)
                                                        + " "
                                                        + nrPages));
        assertThat(pagesId).isOne();
        return runs;
    }

    @Test
    void folderThatCannotBeWrittenIsNamedAtTheEnd() throws Exception {
        Files.createFile(folder.resolve("pagemap-7.img"));
        RoundPagemaps pagemaps = new RoundPagemaps(folder);
        pagemaps.onRecord(PageRecord.of(PageCommand.OPEN2, PROCESS));
        assertThatThrownBy(pagemaps::finish)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("pagemap-7.img");
    }

    @Test
    void noMoreThanTheLimitWaitsForASlowFolder() {
        // Nothing is written: there is no such folder.
        RoundPagemaps pagemaps = new RoundPagemaps(folder.resolve("none"));
        for (int i = 0; i <= RoundPagemaps.MAX_WAITING; i++) {
            pagemaps.onRecord(PageRecord.of(PageCommand.OPEN2, PROCESS));
        }
        assertThat(pagemaps.waiting()).isEqualTo(RoundPagemaps.MAX_WAITING);
        assertThatThrownBy(pagemaps::finish).isInstanceOf(IOException.class);
    }
}
