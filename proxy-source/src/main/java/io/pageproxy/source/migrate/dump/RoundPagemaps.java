package io.pageproxy.source.migrate.dump;

import io.netty.buffer.ByteBuf;
import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PagemapWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Writes the pagemaps of a round, whose pages go to the destination, into the round's folder here.
 * A lazy dump writes its images itself, so that it looks into the last round's pagemaps in order to
 * leave out what has not been written since. It opens the images of pages as well, but does not
 * read them: one without a byte stands for all.
 *
 * <p>The stream's records come on an event loop; a thread of its own writes.
 */
public final class RoundPagemaps implements PageStreamListener {
    /** Records that wait to be written; about 14 MB. */
    static final int MAX_WAITING = 1 << 18;

    private static final long PAGES_ID = 1;

    private final Path folder;
    private final BlockingQueue<Optional<PageRecord>> waiting = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> written;
    private volatile boolean overrun;

    /**
     * Begins to write.
     *
     * @param folder of the round; has no pagemaps yet
     */
    public RoundPagemaps(Path folder) {
        this.folder = folder;
        this.written = BackgroundTask.start("pagemaps", this::write);
    }

    @Override
    public void onRecord(PageRecord page) {
        if (waiting.size() >= MAX_WAITING) {
            overrun = true;
        } else if (!overrun) {
            waiting.add(Optional.of(page));
        }
    }

    /** How many records wait to be written. */
    int waiting() {
        return waiting.size();
    }

    @Override
    public void onPages(ByteBuf in, int index, int lengthBytes) {
        // Only the destination keeps them.
    }

    /**
     * The stream has ended: waits until everything is written.
     *
     * @throws IOException if it could not be written
     */
    public void finish() throws IOException {
        waiting.add(Optional.empty());
        try {
            written.join();
        } catch (CompletionException e) {
            if (Reactions.causeOf(e) instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
        if (overrun) {
            throw new IOException(
                    folder + " is too slow: " + MAX_WAITING + " runs of pages wait to be written");
        }
    }

    private Void write() throws IOException, InterruptedException {
        Files.createFile(folder.resolve("pages-" + PAGES_ID + ".img"));
        PagemapWriter open = null;
        try {
            for (var next = waiting.take(); next.isPresent(); next = waiting.take()) {
                PageRecord page = next.get();
                if (page.command() == PageCommand.OPEN2) {
                    if (open != null) {
                        open.close();
                    }
                    open = create(page.dstId());
                } else if (page.command() == PageCommand.ADD_F && open != null) {
                    open.add(page.flags(), page.vaddr(), page.nrPages());
                }
            }
        } finally {
            if (open != null) {
                open.close();
            }
        }
        return null;
    }

    private PagemapWriter create(long dstId) throws IOException {
        Path file = folder.resolve(ImageId.ofDstId(dstId).pagemapFileName());
        return new PagemapWriter(
                new BufferedOutputStream(
                        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)),
                PAGES_ID);
    }
}
