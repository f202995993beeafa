package io.pageproxy.dest.migrate;

import io.pageproxy.dest.files.IncomingFiles;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.restore.TakenPids;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.LogTail;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Explains a failed migration to the operator: what is left where, and what to do. */
final class MigrationFailures {
    private static final int LOG_LINES = 12;
    private static final int LOG_BYTES = 4 << 10;

    private final IncomingFiles files;
    private final PausedRestore restore;
    private final Restores restores;

    MigrationFailures(IncomingFiles files, PausedRestore restore, Restores restores) {
        this.files = files;
        this.restore = restore;
        this.restores = restores;
    }

    /** The failure of work on this host; without an explanation of the state of the tree. */
    static Outcome of(Throwable failure) {
        return failure instanceof SessionException ended
                ? Outcome.failed(Side.DESTINATION, ended.reason(), ended.getMessage())
                : Outcome.failed(
                        Side.DESTINATION, CloseReason.LOCAL_FAILURE, FailureText.of(failure));
    }

    static String endedBeforeTheTreeRan(ExitStatus exit) {
        return "criu restore ended before its tree could run: " + exit.describe();
    }

    /** Appends what to do when the source has not said whether its tasks are gone. */
    String undecided(String message) {
        return message
                + " before the source said whether its tasks are gone; nothing runs here. If they"
                + " are gone there, the images are whole: "
                + restoreCommand();
    }

    /** The restore ended badly after the commit: its tasks may be the only copy. */
    String failedAfterCommit(ExitStatus exit) {
        List<Long> left = restore.left();
        return "criu restore failed while it resumed its tree ("
                + exit.describe()
                + "), and the tasks are gone at the source: "
                + (left.isEmpty()
                        ? "the images are whole, restore them by hand: "
                        : "its tasks "
                                + left
                                + " are there, check whether they run; if they do not, kill them"
                                + " and restore the images, which are whole, by hand: ")
                + restoreCommand();
    }

    private String restoreCommand() {
        return restores.byHand(files.folder().orElseThrow());
    }

    /**
     * Adds what the folder and the processes of this host tell about a failure: tasks that could
     * not be killed, taken pids, the end of criu's log. Blocks.
     */
    Outcome explain(Outcome outcome) {
        List<Long> left = restore.left();
        String message = outcome.message();
        if (!left.isEmpty()) {
            message +=
                    "; its tasks "
                            + left
                            + " could not be killed; they are left here and have not run: find out"
                            + " what blocks them";
        }
        Optional<String> log = outcome.detail();
        Optional<Path> folder = restore.folder();
        if (outcome.reason() == CloseReason.RESTORE_FAILED && folder.isPresent()) {
            String tail =
                    LogTail.of(folder.get().resolve(Restores.LOG_FILE_NAME), LOG_LINES, LOG_BYTES);
            message +=
                    TakenPids.explain(folder.get(), left)
                            .or(() -> TakenPids.explainLog(tail))
                            .map(why -> "; " + why)
                            .orElse("");
            log = Optional.of(tail);
        }
        return new Outcome(outcome.reason(), outcome.side(), message, log);
    }
}
