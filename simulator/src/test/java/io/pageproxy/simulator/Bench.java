package io.pageproxy.simulator;

import io.pageproxy.dest.images.ImagesCheck;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.images.ImagesVerdict;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.SocketPair;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A dumper and a built-in page server of one session, connected without proxies. */
final class Bench implements AutoCloseable {
    static final int PAGE = 4096;

    final ImagesFolder folder;
    final BuiltInDumper dumper;
    final ChildProcess server;
    private final Wire wire;

    Bench(
            Path dir,
            String session,
            Optional<String> parent,
            RecordLayout layout,
            PageServerScript script)
            throws IOException {
        folder =
                ImagesFolder.claim(
                        dir, Optional.of(new SessionName(session)), parent.map(SessionName::new));
        server = new BuiltInPageServers(layout, PAGE, script).start(folder);
        SocketPair sockets = SocketPair.open(1 << 16);
        wire = new Wire(server.takeSocket(), sockets.descriptor());
        dumper = new BuiltInDumper(sockets.channel(), layout);
    }

    static Bench of(Path dir, PageServerScript script) throws IOException {
        return new Bench(dir, "web", Optional.empty(), RecordLayout.BYTES_32, script);
    }

    /** Runs the check that precedes every reported success, with a ledger of the set. */
    ImagesVerdict check(PageSet set) {
        ImagesLedger ledger = new ImagesLedger(PAGE);
        for (PageImage image : set.images()) {
            ledger.onRecord(PageRecord.of(PageCommand.OPEN2, image.id()));
            for (PageRun run : image.runs()) {
                ledger.onRecord(
                        PageRecord.pages(image.id(), run.flags(), run.vaddr(), run.nrPages()));
            }
        }
        ledger.onRecord(PageRecord.end(PageCommand.CLOSE));
        return ImagesCheck.verify(folder, ledger);
    }

    ExitStatus exit() throws Exception {
        CompletableFuture<ExitStatus> exit = server.exit();
        return exit.get(10, TimeUnit.SECONDS);
    }

    void complete() {
        folder.markComplete(ImagesSync.NONE);
    }

    @Override
    public void close() throws IOException {
        dumper.close();
        wire.close();
        server.exit().join();
        folder.abandon("the test is over");
    }
}
