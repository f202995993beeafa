package io.pageproxy.dest;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dest.images.AddedFiles;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.net.Tunnel;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Takes a session's other images as their frames come, and has workers write them into its folder.
 * What waits for a worker is bounded by the {@link WorkBacklog}. On the connection's event loop.
 */
final class IncomingFiles {
    private final SerialWork work;
    private final WorkBacklog backlog;
    private final SessionQuota quota;
    private final BlockSequence blocks = new BlockSequence();

    // Touched by workers only, one piece after the other.
    private ImagesFolder folder;
    private AddedFiles files;

    /**
     * Those of that folder, which is marked as incomplete from now on.
     *
     * @param claim claims it, on a worker
     * @param pagesToo whether no page server writes there
     * @param quota how many and how long all of them may be
     * @param next is given it when it is claimed
     */
    IncomingFiles(
            Supplier<ImagesFolder> claim,
            boolean pagesToo,
            Tunnel tunnel,
            SerialWork work,
            SessionQuota quota,
            Consumer<Path> next) {
        this.work = work;
        this.backlog = new WorkBacklog(tunnel, work);
        this.quota = quota;
        work.run(
                () -> {
                    folder = claim.get();
                    files = new AddedFiles(folder, pagesToo);
                },
                () -> next.accept(folder.path()));
    }

    /**
     * A file begins.
     *
     * @throws SessionException LIMIT_EXCEEDED where it is too much
     */
    void begin(File file) {
        quota.countFile();
        quota.count(file.bytes());
        int nameBytes = Character.BYTES * file.name().length();
        backlog.add(nameBytes, () -> files.begin(file.name(), file.bytes()), () -> {});
    }

    /** Takes a block, whose content passes to here. */
    void take(Block block) {
        ByteBuf content = block.content();
        int bytes = content.readableBytes();
        try {
            blocks.check(block);
        } catch (SessionException e) {
            content.release();
            throw e;
        }
        backlog.add(bytes, () -> files.write(content), content::release);
    }

    void end(FileEnd end) {
        backlog.add(() -> files.end(end.sha256()));
    }

    /** All have come: {@code next} when they are whole and as durable as that. */
    void finish(FilesEnd end, ImagesSync sync, Runnable next) {
        work.run(() -> files.finish(end.files(), end.bytes(), sync), next);
    }

    /** Takes the mark away: {@code next} when it is gone. */
    void markComplete(ImagesSync sync, Runnable next) {
        work.run(() -> folder.markComplete(sync), next);
    }

    // ---- what follows is for workers

    /** Leaves the folder with the mark, which says why. */
    void abandon(String why, boolean keepFiles) {
        if (files != null && !keepFiles) {
            files.discard();
        }
        if (folder != null) {
            folder.abandon(why);
        }
    }

    /** The last lines of a log there; empty where the folder was not reopened. */
    String logTail(String name, int lines, int bytes) {
        return folder == null ? "" : folder.logTail(name, lines, bytes);
    }
}
