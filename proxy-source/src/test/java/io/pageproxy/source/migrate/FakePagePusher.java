package io.pageproxy.source.migrate;

import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A dump of a {@link SleepingTree} that runs its real action script, and does to the tree what CRIU
 * does: it lets it run on where the script fails, else it kills it. A test decides when its pages
 * are at the destination, and when it kills.
 */
final class FakePagePusher implements PagePusher {
    /** The dump has begun. */
    final CompletableFuture<Void> began = new CompletableFuture<>();

    /** With the outcome of its pages; a test completes it. */
    final CompletableFuture<Outcome> pages = new CompletableFuture<>();

    /** The dump is held, with its action script. */
    final CompletableFuture<Process> held = new CompletableFuture<>();

    /** The dump was let go. */
    final CompletableFuture<Void> letGo = new CompletableFuture<>();

    /** With its exit code; at 0 it kills the tree first. A test completes it. */
    final CompletableFuture<Integer> exit = new CompletableFuture<>();

    private final CompletableFuture<SessionReport> pagesOver = new CompletableFuture<>();
    private final SleepingTree tree;

    FakePagePusher(SleepingTree tree) {
        this.tree = tree;
    }

    /** It goes on to its good end without a stop. */
    FakePagePusher unattended() {
        pages.complete(good());
        exit.complete(0);
        return this;
    }

    static Outcome good() {
        return Outcome.completed(Side.SOURCE, "all there");
    }

    @Override
    public SessionEnd preDump(String session, List<String> command) {
        return new SessionEnd(
                true, SessionReports.of(session, pages.join()), Optional.of(ExitStatus.exited(0)));
    }

    @Override
    public SessionEnd dump(List<String> command) throws InterruptedException {
        began.complete(null);
        SessionReport report = SessionReports.of("web", join(pages));
        pagesOver.complete(report);
        int code = 1;
        if (report.outcome().good()) {
            code = runScript(command.get(command.indexOf("--action-script") + 1));
            if (code == 0) {
                letGo.complete(null);
                code = join(exit);
                if (code == 0) {
                    tree.kill();
                }
            }
        }
        return new SessionEnd(true, report, Optional.of(ExitStatus.exited(code)));
    }

    private int runScript(String script) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(script);
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-dump");
        try {
            Process process = builder.start();
            held.complete(process);
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With the fault itself, where a test has completed the future so. */
    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error fault) {
                throw fault;
            }
            throw e;
        }
    }

    @Override
    public CompletableFuture<SessionReport> pagesOver() {
        return pagesOver;
    }

    @Override
    public void fail(CloseReason reason, String message) {
        pages.complete(Outcome.failed(Side.SOURCE, reason, message));
    }

    @Override
    public List<SessionFigures> progress() {
        return List.of();
    }

    @Override
    public void close() {}
}
