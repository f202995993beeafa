package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.source.SourceProxy;
import io.pageproxy.source.SourceServices;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.SessionWatch;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries the pages by the sessions of a {@link SourceProxy}, which starts the dumps. */
final class ProxyPagePusher implements PagePusher, SourceObserver {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyPagePusher.class);

    private final SourceProxy proxy;
    private final Optional<String> session;
    private final Runnable onAccepted;
    private final SessionWatch watch;
    private final CompletableFuture<SessionReport> pagesOver = new CompletableFuture<>();

    /**
     * A pusher whose sessions have not begun.
     *
     * @param onAccepted is told when the destination has accepted a session, whose dump then begins
     */
    ProxyPagePusher(SourceConfig config, SourceServices services, Runnable onAccepted) {
        this.session = config.session();
        this.watch = services.watch();
        this.onAccepted = onAccepted;
        this.proxy = new SourceProxy(config, services, this);
    }

    @Override
    public SessionEnd preDump(String name, DumpCommand command) throws InterruptedException {
        return proxy.dump(Optional.of(name), command);
    }

    @Override
    public SessionEnd dump(DumpCommand command) throws InterruptedException {
        return proxy.dumpOfMigration(session, command);
    }

    @Override
    public CompletableFuture<SessionReport> pagesOver() {
        return pagesOver;
    }

    @Override
    public void fail(CloseReason reason, String message) {
        proxy.giveUp(reason, message);
    }

    @Override
    public List<SessionFigures> progress() {
        return proxy.progress();
    }

    @Override
    public void close() {
        proxy.close();
    }

    @Override
    public void onSessionBegins(LiveSession session) {
        watch.sessionStarted(session);
    }

    @Override
    public void onAccepted(Accept accept) {
        onAccepted.run();
    }

    @Override
    public void onStreamOver(SessionReport report) {
        if (report.session().equals(session)) { // Otherwise it is that of a round.
            pagesOver.complete(report);
        }
    }

    @Override
    public void onListening(Endpoint address) {
        throw new IllegalStateException("the dumper is started, nobody connects");
    }

    @Override
    public void onDumperRefused(String who) {
        LOG.warn("refused {}", who);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        watch.sessionEnded(report);
    }
}
