package io.pageproxy.source;

import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.DumperChild;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.dumper.DumperInitializer;
import io.pageproxy.source.dumper.DumperPlace;
import io.pageproxy.source.dumper.KeptDumpers;
import io.pageproxy.source.push.SourceSession;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Gives an accepted session its dumper: one that is started, one that connects, or one that has
 * kept its connection since an earlier session.
 */
final class DumperProvider implements AutoCloseable {
    private static final LocalClient DUMPER = new LocalClient("dumper", "--listen", "--dumper-uid");

    private final SourceConfig config;
    private final ChildLauncher launcher;
    private final SourceObserver observer;
    private final KeptDumpers kept;
    private Optional<Endpoint> boundAddress = Optional.empty();

    DumperProvider(SourceConfig config, ChildLauncher launcher, SourceObserver observer) {
        this.config = config;
        this.launcher = launcher;
        this.observer = observer;
        this.kept =
                new KeptDumpers(
                        config.port().map(DumperPort::idle).orElse(DumperPort.DEFAULT_IDLE),
                        config.timeouts().handshake(),
                        observer::onDumperGivenUp);
    }

    /**
     * Blocks until the session has its dumper or is over; with a dumper that we start, until that
     * has ended.
     *
     * @param command starts the dumper, if we do
     * @return how the dumper that we started has ended
     */
    Optional<DumperEnd> provide(SourceSession session, Accept accept, DumpCommand command)
            throws InterruptedException {
        DumperInitializer pipeline =
                new DumperInitializer(
                        config.host().pageSizeBytes(),
                        accept.earlierPages(),
                        config.blockBytes(),
                        session,
                        session::onDumper,
                        config.timeouts().peer(),
                        command.observer());
        try {
            if (config.startsDumper()) {
                return Optional.of(start(session, command, pipeline));
            }
            if (kept.offer(new DumperPlace(session.loop(), pipeline))) {
                awaitDumper(session);
            } else {
                listen(session, pipeline);
            }
        } catch (IOException e) {
            String why = FailureText.of(e);
            session.loop().execute(() -> session.fail(CloseReason.LOCAL_FAILURE, why));
        }
        return Optional.empty();
    }

    private DumperEnd start(SourceSession session, DumpCommand command, DumperInitializer pipeline)
            throws IOException {
        return endOf(DumperChild.start(launcher, command, session.loop(), pipeline), session);
    }

    private static DumperEnd endOf(DumperChild child, SourceSession session) {
        Reactions.when(
                child.end(),
                end -> tellEnd(session, Optional.of(end)),
                unknown -> tellEnd(session, Optional.empty()));
        return child.end().join();
    }

    private static void tellEnd(SourceSession session, Optional<DumperEnd> end) {
        EventLoops.tryExecute(session.loop(), () -> session.onDumperEnd(end));
    }

    /** Takes whichever comes first: a dumper that connects, or a kept one that goes on. */
    private void listen(SourceSession session, DumperInitializer pipeline)
            throws IOException, InterruptedException {
        DumperPort wanted = config.port().orElseThrow();
        try (LocalPort port =
                LocalPort.open(
                        boundAddress.orElse(wanted.address()),
                        DUMPER,
                        wanted.users(),
                        session.loop(),
                        pipeline,
                        observer::onDumperRefused)) {
            boundAddress = Optional.of(port.address());
            observer.onListening(port.address());
            awaitDumper(session);
        } finally {
            kept.withdraw();
        }
    }

    private static void awaitDumper(SourceSession session) {
        CompletableFuture.anyOf(session.hasDumper(), session.report()).join();
    }

    /** Takes a dumper that has heard success: if more sessions follow, one may be for it too. */
    void onHeardSuccess(Dumper dumper) {
        if (config.once() || config.startsDumper()) {
            dumper.close();
        } else {
            kept.keep(dumper);
        }
    }

    /** The destination accepts no session for now: dumpers that wait for one are cut off. */
    void onNotAccepted() {
        kept.refuseWaiting("the destination accepted none");
    }

    /** Cuts off the dumpers that have kept their connection; any thread. */
    @Override
    public void close() {
        kept.close();
    }
}
