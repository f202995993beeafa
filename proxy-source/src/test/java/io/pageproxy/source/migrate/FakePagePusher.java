package io.pageproxy.source.migrate;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.DumperEnds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A dump of a {@link SleepingTree} that runs the real action script and treats the tree as CRIU
 * does: the tree runs on if the script fails, otherwise it is killed. The test decides when the
 * pages have arrived and when the tree is killed.
 */
final class FakePagePusher implements PagePusher {
    /** Completes when the dump has begun. */
    final CompletableFuture<Void> began = new CompletableFuture<>();

    /** Completed by the test with the outcome of the pages. */
    final CompletableFuture<Outcome> pages = new CompletableFuture<>();

    /** Completes with the action script when the dump is held. */
    final CompletableFuture<Process> held = new CompletableFuture<>();

    /** Completes when the dump may go on. */
    final CompletableFuture<Void> letGo = new CompletableFuture<>();

    /** Completed by the test with the exit code; for 0 the tree is killed first. */
    final CompletableFuture<Integer> exit = new CompletableFuture<>();

    /** The pre-dumps, in order, each as words and its CRIU's configuration; any thread. */
    final List<String> preDumps = new CopyOnWriteArrayList<>();

    /** Words of the dump; null before it. */
    volatile String dumped;

    private static final ImageId PROCESS = new ImageId(ImageId.Kind.PROCESS, 7);

    private final CompletableFuture<SessionReport> pagesOver = new CompletableFuture<>();
    private final SleepingTree tree;

    FakePagePusher(SleepingTree tree) {
        this.tree = tree;
    }

    /** Makes the dump succeed without being held by the test. */
    FakePagePusher unattended() {
        pages.complete(good());
        exit.complete(0);
        return this;
    }

    static Outcome good() {
        return Outcome.completed(Side.SOURCE, "all there");
    }

    @Override
    public SessionEnd preDump(String session, DumpCommand command) {
        preDumps.add(String.join(" ", command.words()) + " | " + configuration(command));
        command.observer().ifPresent(FakePagePusher::sendPage);
        return new SessionEnd(
                true, SessionReports.of(session, pages.join()), Optional.of(DumperEnds.exited(0)));
    }

    private static void sendPage(PageStreamListener observer) {
        observer.onRecord(PageRecord.of(PageCommand.OPEN2, PROCESS));
        observer.onRecord(PageRecord.pages(PROCESS, PageFlags.PRESENT, 4096, 1));
        observer.onRecord(PageRecord.end(PageCommand.FORCE_CLOSE));
    }

    @Override
    public SessionEnd dump(DumpCommand command) throws InterruptedException {
        dumped = String.join(" ", command.words());
        began.complete(null);
        SessionReport report = SessionReports.of("web", join(pages));
        pagesOver.complete(report);
        int code = 1;
        if (report.outcome().good()) {
            code = runScript(script(command));
            if (code == 0) {
                letGo.complete(null);
                code = join(exit);
                if (code == 0) {
                    tree.kill();
                }
            }
        }
        return new SessionEnd(true, report, Optional.of(DumperEnds.ofShellCode(code)));
    }

    /** The action script of the command line or, as runc's CRIU finds it, of its configuration. */
    private static String script(DumpCommand command) {
        int option = command.words().indexOf("--action-script");
        if (option >= 0) {
            return command.words().get(option + 1);
        }
        return configuration(command)
                .lines()
                .findFirst()
                .orElseThrow()
                .substring("action-script ".length());
    }

    private static String configuration(DumpCommand command) {
        String file = command.environment().get("CRIU_CONFIG_FILE");
        try {
            return file == null ? "" : Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    /** Joins a future, and throws the original exception if the test completed it with one. */
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
