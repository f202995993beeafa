package io.pageproxy.source.migrate;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.source.SourceProxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Carries the pages by the sessions of a {@link SourceProxy}, which starts the dumps. */
final class ProxyPagePusher implements PagePusher, SourceObserver {
    private final SourceProxy proxy;
    private final Optional<String> session;
    private final Runnable onAccepted;
    private final CompletableFuture<SessionReport> pagesOver = new CompletableFuture<>();

    /**
     * A pusher whose sessions have not begun.
     *
     * @param tls makes the TLS handler of one connection
     * @param launcher starts the dumps
     * @param onAccepted is told when the destination has accepted a session, whose dump then begins
     */
    ProxyPagePusher(
            SourceConfig config,
            Function<Channel, SslHandler> tls,
            ChildLauncher launcher,
            Runnable onAccepted) {
        this.session = config.session();
        this.onAccepted = onAccepted;
        this.proxy = new SourceProxy(config, tls, launcher, this);
    }

    @Override
    public SessionEnd preDump(String name, List<String> command) throws InterruptedException {
        return proxy.dump(Optional.of(name), command);
    }

    @Override
    public SessionEnd dump(List<String> command) throws InterruptedException {
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
        throw new IllegalStateException("the dumper is started, nobody connects");
    }

    @Override
    public void onSessionOver(SessionReport report) {
        // The migration's report covers all sessions.
    }
}
