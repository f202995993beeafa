package io.pageproxy.dest;

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
 * The files and the child of one session: its folder, its page server. Everything here blocks and
 * is for worker threads; what it returns is handed to the session's event loop by the caller.
 */
final class SessionImages {
    private static final int LOG_TAIL_LINES = 12;
    private static final int LOG_TAIL_BYTES = 4 << 10;

    /** A page server that has lost its socket ends by itself; this is how long it may take. */
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
     * @throws SessionException where it cannot be; nothing is left behind then
     */
    static SessionImages prepare(
            Path imagesDir,
            Optional<SessionName> session,
            Optional<SessionName> parent,
            PageServers pageServers) {
        ImagesFolder folder = ImagesFolder.claim(imagesDir, session, parent);
        try {
            return new SessionImages(folder, pageServers.start(folder));
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

    /** The folder, for a migration that goes on with it; nothing is left to do here then. */
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

    /** What the page server has done so far. */
    ProcessActivity activity() {
        return ProcessActivity.of(pageServer.pid());
    }

    /**
     * Proves the images whole and makes them durable.
     *
     * @throws SessionException where they are not
     */
    ImagesVerdict prove(ImagesLedger ledger, ImagesSync sync) {
        ImagesVerdict verdict = ImagesCheck.verify(folder, ledger);
        folder.openImages();
        sync.sync(folder);
        return verdict;
    }

    /**
     * Takes the mark off images that were proven.
     *
     * @return the verdict, for whoever is told next
     * @throws SessionException where the disk does not take it
     */
    ImagesVerdict markComplete(ImagesVerdict verdict, ImagesSync sync) {
        folder.markComplete(sync);
        return verdict;
    }

    /**
     * Marks images once more that were called whole: the dumper has heard failure all the same, so
     * its tasks run on, and nobody must restore these.
     *
     * @return the outcome, which says so where the mark could not be made
     */
    Outcome recall(Outcome outcome) {
        try {
            ImagesFolder.reopen(folder.path()).abandon(describe(outcome));
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
     * Ends the page server and leaves the images, if there are any, with their mark.
     *
     * @return the outcome, with the log's tail where the page server or its images failed
     */
    Outcome abandon(Outcome outcome) {
        boolean ended = endPageServer();
        Outcome full = ended ? outcome : unkillable(outcome);
        boolean ofPageServer = outcome.reason().exitCode() == 5;
        if (ofPageServer && outcome.detail().isEmpty()) {
            String tail = folder.logTail(LOG_TAIL_LINES, LOG_TAIL_BYTES);
            full =
                    new Outcome(
                            folder.isFull() ? CloseReason.NO_SPACE : outcome.reason(),
                            Side.DESTINATION,
                            folder.isFull()
                                    ? "the destination ran out of space: "
                                            + folder.path()
                                            + " has "
                                            + folder.freeText()
                                            + "; "
                                            + outcome.message()
                                    : outcome.message(),
                            tail.isEmpty() ? Optional.empty() : Optional.of(tail));
        }
        if (ended) {
            folder.abandon(describe(full));
        } else {
            folder.abandonInUse(describe(full));
        }
        return full;
    }

    /** Whether it has ended: one that hangs in the kernel, on a disk that is gone, cannot be. */
    private boolean endPageServer() {
        try {
            pageServer
                    .terminate(PAGE_SERVER_GRACE)
                    .get(2 * PAGE_SERVER_GRACE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException itsExitIsNotKnown) {
            return true;
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
