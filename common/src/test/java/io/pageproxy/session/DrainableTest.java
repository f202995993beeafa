package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.EventLoops;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainableTest {
    private final EventLoopGroup group = EventLoops.create("test", 1);

    @AfterEach
    void endLoop() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** A session that only notes why it was ended. */
    private record NotedSession(EventLoop loop, boolean streaming, List<String> ends)
            implements Drainable {
        @Override
        public void fail(CloseReason reason, String message) {
            ends.add(reason + ": " + message);
        }
    }

    private NotedSession session(boolean streaming) {
        return new NotedSession(group.next(), streaming, new CopyOnWriteArrayList<>());
    }

    @Test
    void sessionWithoutPagesEndsNow() {
        NotedSession session = session(false);
        session.drain(Duration.ofHours(1));
        await().untilAsserted(
                        () ->
                                assertThat(session.ends())
                                        .containsExactly("STOPPED_IDLE: told to stop"));
    }

    @Test
    void sessionWithPagesEndsAfterTheDrainTime() {
        NotedSession session = session(true);
        session.drain(Duration.ofMillis(1));
        await().untilAsserted(
                        () ->
                                assertThat(session.ends())
                                        .containsExactly(
                                                "SHUTDOWN: told to stop, and not done within"
                                                        + " --drain-timeout"));
    }

    /** A proxy that is told to stop may be over before all of its sessions have been told. */
    @Test
    void loopThatHasEndedIsNoFault() {
        NotedSession session = session(false);
        endLoop();

        assertThatCode(() -> session.drain(Duration.ofHours(1))).doesNotThrowAnyException();
        assertThat(session.ends()).isEmpty();
    }
}
