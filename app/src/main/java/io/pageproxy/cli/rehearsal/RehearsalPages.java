package io.pageproxy.cli.rehearsal;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.simulator.BuiltInDumper;
import io.pageproxy.simulator.ContentMix;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.simulator.PageImage;
import io.pageproxy.simulator.PageRun;
import io.pageproxy.simulator.PageSet;
import io.pageproxy.simulator.PageSets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The memory that a rehearsal moves: zeros, text and noise in runs of all lengths, pages that
 * repeat others, and in a second round pages that differ a little from those before.
 */
final class RehearsalPages {
    private static final long BYTES = 8 << 20;
    private static final int SEED = 39;
    private static final ImageId COPY = new ImageId(Kind.SHARED_MEMORY, 7);
    private static final int COPIED_PAGES = 256;
    private static final long CHANGED_EVERY_BYTES = 1000;

    private final PageSet set;

    RehearsalPages(int pageSizeBytes) {
        PageContent content = new PageContent(SEED, ContentMix.TYPICAL, pageSizeBytes);
        set = PageSets.generate(content, 2, 1, BYTES);
    }

    /** Records a dump of all of it. */
    String recordAll(Path folder) throws IOException {
        return record(folder, false);
    }

    /** Records the dump after a pre-dump of all of it. */
    String recordChanged(Path folder) throws IOException {
        return record(folder, true);
    }

    private String record(Path folder, boolean changed) throws IOException {
        try (RecordedStream stream = new RecordedStream(folder)) {
            BuiltInDumper dumper = new BuiltInDumper(stream, RecordLayout.BYTES_32);
            for (PageImage image : set.images()) {
                dumper.hasParent(image.id());
                dumper.open(image.id());
                boolean inParent = false;
                for (PageRun run : image.runs()) {
                    inParent = changed && !inParent; // Every other run.
                    if (inParent) {
                        dumper.hole(run.vaddr(), run.nrPages());
                    } else {
                        dumper.run(run, content(image.id(), run, changed));
                    }
                }
            }
            sendCopy(dumper);
            dumper.finish(PageCommand.CLOSE);
            return stream.commands();
        }
    }

    /** Sends pages of the first image once more, as another. */
    private void sendCopy(BuiltInDumper dumper) throws IOException {
        PageImage first = set.images().get(0);
        dumper.open(COPY);
        long vaddr = 0;
        int left = COPIED_PAGES;
        for (PageRun run : first.runs()) {
            long pages = Math.min(left, run.nrPages());
            if (pages > 0) {
                PageRun copied = PageRun.present(run.vaddr(), pages);
                ByteBuffer content = content(first.id(), copied, false);
                dumper.run(PageRun.present(vaddr, pages), content);
                vaddr += (pages + 1) * set.content().pageSizeBytes();
                left -= (int) pages;
            }
        }
    }

    private ByteBuffer content(ImageId image, PageRun run, boolean changed) {
        int pageSizeBytes = set.content().pageSizeBytes();
        ByteBuffer pages = ByteBuffer.allocate((int) run.nrPages() * pageSizeBytes);
        for (long i = 0; i < run.nrPages(); i++) {
            set.content().put(image, run.vaddr() + i * pageSizeBytes, pages);
        }
        for (long at = 0; changed && at < pages.position(); at += CHANGED_EVERY_BYTES) {
            pages.put((int) at, (byte) 1);
        }
        return pages.flip();
    }
}
