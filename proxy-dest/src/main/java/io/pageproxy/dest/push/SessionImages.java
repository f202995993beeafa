package io.pageproxy.dest.push;

import io.pageproxy.dest.images.Claimant;
import io.pageproxy.dest.images.ImagesCheck;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.images.ImagesVerdict;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.ProcessActivity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The images folder and the page server process of one session. Methods that change either block,
 * and are for worker threads.
 */
final class SessionImages {
    private static final int LOG_TAIL_LINES = 12;
    private static final int LOG_TAIL_BYTES = 4 << 10;

    /** The exit code of all reasons that blame the page server or its images. */
    private static final int EXIT_CODE_OF_PAGE_SERVER = 5;

    /** How long a page server that has lost its socket may take to exit by itself. */
    private static final Duration PAGE_SERVER_GRACE = Duration.ofSeconds(2);

    private final ImagesFolder folder;
    private final ChildProcess pageServer;

    private SessionImages(ImagesFolder folder, ChildProcess pageServer) {
        this.folder = folder;
        this.pageServer = pageServer;
    }

    /**
     * Claims the folder and starts the page server.
     *
     * @param expectedBytes how much the pages need at least
     * @param claimant may replace what it has left before
     * @throws SessionException if either fails; nothing is left behind then
     */
    static SessionImages prepare(
            Path imagesDir,
            Optional<SessionName> session,
            Optional<SessionName> parent,
            long expectedBytes,
            Claimant claimant,
            PageServers pageServers) {
        ImagesFolder folder = ImagesFolder.claim(imagesDir, session, parent, claimant);
        try {
            folder.requireSpace(expectedBytes);
            return new SessionImages(folder, pageServers.start(folder));
        } catch (SessionException e) {
            folder.abandon(e.getMessage());
            throw e;
        } catch (IOException e) {
            folder.abandon(FailureText.of(e));
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "the page server could not be started: " + FailureText.of(e));
        }
    }

    Path path() {
        return folder.path();
    }

    /** The folder, for a migration that takes it over. */
    ImagesFolder folder() {
        return folder;
    }

    Optional<Path> parentPath() {
        return folder.parentPath();
    }

    int takeSocket() {
        return pageServer.takeSocket();
    }

    CompletableFuture<ExitStatus> exit() {
        return pageServer.exit();
    }

    /** What the page server process has done so far; reads /proc. */
    ProcessActivity activity() {
        return ProcessActivity.of(pageServer.pid());
    }

    /**
     * Checks that the images contain what the stream carried, and makes them durable.
     *
     * @throws SessionException if they do not
     */
    ImagesVerdict prove(ImagesLedger ledger, ImagesSync sync) {
        ImagesVerdict verdict = ImagesCheck.verify(folder, ledger);
        folder.openImages();
        folder.sync(sync);
        return verdict;
    }

    /**
     * Removes the incomplete mark from images that were proven.
     *
     * @return the verdict
     * @throws SessionException if the removal fails
     */
    ImagesVerdict markComplete(ImagesVerdict verdict, ImagesSync sync) {
        if (folder.claimant().migration().isPresent()) {
            folder.markRoundComplete(sync); // The migration itself completes its own images.
        } else {
            folder.markComplete(sync);
        }
        return verdict;
    }

    /**
     * Marks complete images as incomplete again: the dumper was told of a failure, so its tasks run
     * on, and nobody may restore these images.
     *
     * @return the outcome; its message says so if the mark could not be made
     */
    Outcome recall(Outcome outcome) {
        try {
            ImagesFolder.reopen(folder.path(), folder.claimant()).abandon(describe(outcome));
            return outcome;
        } catch (SessionException e) {
            return new Outcome(
                    outcome.reason(),
                    outcome.side(),
                    outcome.message()
                            + "; do not restore its images, which could not be marked: "
                            + e.getMessage(),
                    outcome.detail());
        }
    }

    private static String describe(Outcome outcome) {
        return outcome.reason().label() + ": " + outcome.message();
    }

    /**
     * Ends the page server and leaves the images, if there are any, marked incomplete.
     *
     * @return the outcome, with the end of the log if the page server or its images failed
     */
    Outcome abandon(Outcome outcome) {
        boolean ended = endPageServer();
        boolean ofPageServer = outcome.reason().exitCode() == EXIT_CODE_OF_PAGE_SERVER;
        Outcome full = ended ? outcome : unkillable(outcome);
        if (ofPageServer && outcome.detail().isEmpty()) {
            full = withLog(outcome);
        }
        if (ended) {
            folder.abandon(describe(full));
        } else {
            folder.abandonInUse(describe(full));
        }
        return full;
    }

    /** A page server that fails because the disk is full only says so in its log. */
    private Outcome withLog(Outcome outcome) {
        String tail = folder.logTail(LOG_TAIL_LINES, LOG_TAIL_BYTES);
        Optional<String> detail = tail.isEmpty() ? Optional.empty() : Optional.of(tail);
        if (!folder.isFull()) {
            return new Outcome(outcome.reason(), Side.DESTINATION, outcome.message(), detail);
        }
        return new Outcome(
                CloseReason.NO_SPACE,
                Side.DESTINATION,
                "the destination ran out of space: "
                        + folder.path()
                        + " has "
                        + folder.freeText()
                        + "; "
                        + outcome.message(),
                detail);
    }

    /** Whether it has ended: a process that hangs in the kernel on a lost disk cannot be killed. */
    private boolean endPageServer() {
        try {
            pageServer
                    .terminate(PAGE_SERVER_GRACE)
                    .get(2 * PAGE_SERVER_GRACE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // Its exit status is not known.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Outcome unkillable(Outcome outcome) {
        return new Outcome(
                outcome.reason(),
                outcome.side(),
                outcome.message()
                        + "; its page server, process "
                        + pageServer.pid()
                        + ", hangs in the kernel and cannot be killed: look at the disk of "
                        + folder.path(),
                outcome.detail());
    }
}
