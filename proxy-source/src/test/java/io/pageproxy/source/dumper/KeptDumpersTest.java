package io.pageproxy.source.dumper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.simulator.BuiltInDumper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several sessions over one connection of a dumper, on several event loops. */
@Timeout(30)
class KeptDumpersTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);

    private final EventLoopGroup group = EventLoops.create("test", 2);
    private final List<String> givenUp = new CopyOnWriteArrayList<>();
    private KeptDumpers kept = keeping(LONG, LONG);

    private KeptDumpers keeping(Duration idle, Duration patience) {
        return new KeptDumpers(idle, patience, givenUp::add);
    }

    @AfterEach
    void endLoops() {
        kept.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** A minimal session: answers every request and ends successfully. */
    private final class Session implements DumperListener {
        private final EventLoop loop = group.next();
        private final CompletableFuture<Dumper> taken = new CompletableFuture<>();
        private final CompletableFuture<String> end = new CompletableFuture<>();
        private final CompletableFuture<Boolean> onItsLoop = new CompletableFuture<>();
        private Dumper dumper;

        private boolean admit(Dumper connected) {
            if (dumper != null) {
                return false;
            }
            dumper = connected;
            return taken.complete(connected);
        }

        private DumperPlace place() {
            return new DumperPlace(
                    loop,
                    new DumperInitializer(
                            4096, 0, 64 << 10, this, this::admit, LONG, Optional.empty()));
        }

        @Override
        public void onStreamOpen(RecordLayout layout) {
            onItsLoop.complete(loop.inEventLoop());
        }

        @Override
        public void onBlock(ByteBuf block, PageRuns runs) {
            block.release();
            if (dumper.parser().awaitingAnswerTo() == PageCommand.OPEN2) {
                dumper.answer(new Answer(1, 0));
            }
        }

        @Override
        public void onStreamEnd() {
            dumper.tellGood().addListener(told -> kept.keep(dumper));
            end.complete("good");
        }

        @Override
        public void onDumpFailed() {
            end.complete("failed");
            dumper.fail();
        }

        @Override
        public void onDumperBroke(String message) {
            end.complete(message);
            dumper.fail();
        }

        @Override
        public void onDumperGone() {
            end.complete("gone");
        }
    }

    /** Returns a dumper that has completed a successful session. */
    private BuiltInDumper afterOneSession() throws Exception {
        Session first = new Session();
        DumperPlace place = first.place();
        try (LocalPort port =
                LocalPort.open(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", 0)),
                        new LocalClient("dumper", "--listen", "--dumper-uid"),
                        LocalUsers.ownOrRoot(),
                        place.loop(),
                        place.pipeline(),
                        who -> {})) {
            BuiltInDumper dumper =
                    BuiltInDumper.connect(
                            ((Endpoint.Tcp) port.address()).address(), RecordLayout.BYTES_24);
            runSession(dumper);
            assertThat(first.end.get()).isEqualTo("good");
            return dumper;
        }
    }

    private static void runSession(BuiltInDumper dumper) throws IOException {
        dumper.open(IMAGE);
        assertThat(dumper.finish(PageCommand.FORCE_CLOSE)).isZero();
    }

    private static CompletableFuture<Void> begin(BuiltInDumper dumper) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        runSession(dumper);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private Session servedNext() throws Exception {
        Session next = new Session();
        // The offer or the dumper may come first; both orders must work.
        if (kept.offer(next.place())) {
            assertThat(next.taken.get()).isNotNull();
        }
        return next;
    }

    @Test
    void connectionServesSessionsOnDifferentEventLoops() throws Exception {
        try (BuiltInDumper dumper = afterOneSession()) {
            for (int round = 2; round <= 5; round++) {
                Session next = servedNext();
                runSession(dumper);
                assertThat(next.end.get()).isEqualTo("good");
                assertThat(next.onItsLoop.get()).as("on its loop").isTrue();
            }
        }
        assertThat(givenUp).isEmpty();
    }

    @Test
    void firstBytesWaitForTheSession() throws Exception {
        try (BuiltInDumper dumper = afterOneSession()) {
            CompletableFuture<Void> round = begin(dumper);
            Session next = new Session();
            await().until(() -> kept.offer(next.place()) || next.taken.isDone());
            round.get();
            assertThat(next.end.get()).isEqualTo("good");
        }
    }

    @Test
    void sessionThatAnotherDumperTookStaysWithThatDumper() throws Exception {
        try (BuiltInDumper dumper = afterOneSession()) {
            Session others = new Session();
            others.dumper = new Dumper(null, null, null);
            kept.offer(others.place());
            CompletableFuture<Void> round = begin(dumper);
            Session next = new Session();
            await().until(() -> kept.offer(next.place()) || next.taken.isDone());
            round.get();
            assertThat(others.end).isNotDone();
            assertThat(next.end.get()).isEqualTo("good");
        }
    }

    @Test
    void dumperThatLeavesIsForgottenWithoutAReport() throws Exception {
        afterOneSession().close();
        await().untilAsserted(() -> assertThat(kept.count()).isZero());
        assertThat(givenUp).isEmpty();
        assertThat(kept.offer(new Session().place())).isFalse();
    }

    @Test
    void invalidFirstBytesFailTheDumper() throws Exception {
        try (BuiltInDumper dumper = afterOneSession()) {
            Session next = servedNext();
            assertThatThrownBy(() -> dumper.finish(PageCommand.CLOSE))
                    .as("a second end")
                    .isInstanceOf(IOException.class);
            assertThat(next.end.get()).isEqualTo("failed");
        }
    }

    @Test
    void idleConnectionIsCutOffAfterTheTimeout() throws Exception {
        kept = keeping(SHORT, LONG);
        try (BuiltInDumper dumper = afterOneSession()) {
            await().untilAsserted(() -> assertThat(givenUp).hasSize(1));
            assertThat(givenUp.get(0)).contains("--dumper-idle-timeout");
            assertThat(kept.count()).isZero();
            assertThatThrownBy(() -> runSession(dumper)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void dumperIsCutOffIfNoSessionIsAcceptedInTime() throws Exception {
        kept = keeping(LONG, SHORT);
        try (BuiltInDumper dumper = afterOneSession()) {
            assertThatThrownBy(() -> runSession(dumper)).isInstanceOf(IOException.class);
            assertThat(givenUp).hasSize(1);
            assertThat(givenUp.get(0)).contains("--handshake-timeout");
        }
    }

    @Test
    void onlyWaitingDumpersAreCutOffIfNoneIsAccepted() throws Exception {
        try (BuiltInDumper waits = afterOneSession();
                BuiltInDumper idle = afterOneSession()) {
            CompletableFuture<Void> round = begin(waits);
            await().until(
                            () -> {
                                kept.refuseWaiting("refused");
                                return round.isCompletedExceptionally();
                            });
            assertThat(givenUp).containsExactly("refused");
            Session next = servedNext();
            runSession(idle);
            assertThat(next.end.get()).isEqualTo("good");
        }
    }

    @Test
    void noDumperIsKeptAfterClose() throws Exception {
        try (BuiltInDumper before = afterOneSession()) {
            kept.close();
            assertThatThrownBy(() -> runSession(before)).isInstanceOf(IOException.class);
            try (BuiltInDumper after = afterOneSession()) {
                assertThatThrownBy(() -> runSession(after)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void oldestConnectionGivesWayWhenTooManyAreKept() throws Exception {
        try (BuiltInDumper eldest = afterOneSession()) {
            for (int more = 0; more < KeptDumpers.MOST; more++) {
                afterOneSession();
            }
            await().untilAsserted(() -> assertThat(kept.count()).isEqualTo(KeptDumpers.MOST));
            assertThatThrownBy(() -> runSession(eldest)).isInstanceOf(IOException.class);
            assertThat(givenUp).hasSize(1);
        }
    }
}
