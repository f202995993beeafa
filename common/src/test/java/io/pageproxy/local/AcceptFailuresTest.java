package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import io.pageproxy.text.RepeatedFailure;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AcceptFailuresTest {
    static {
        Epoll.ensureAvailability(); // Loads the native library that NativeIoException needs.
    }

    private final Logger logger = (Logger) LoggerFactory.getLogger(AcceptFailures.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();
    private final EmbeddedChannel server =
            new EmbeddedChannel(
                    new AcceptFailures("--listen 127.0.0.1:9", new RepeatedFailure(nanos::get)));

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
        logger.setAdditive(true);
    }

    @Test
    void failuresAreLoggedOncePerPeriodWithTheirCount() {
        IntStream.range(0, 50).forEach(i -> fail());
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(RepeatedFailure.PERIOD_SECONDS));
        fail();

        assertThat(lines())
                .containsExactly(
                        "--listen 127.0.0.1:9: a connection cannot be accepted: Too many open files;"
                                + " raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)",
                        lines().get(0) + " (and 49 times before)");
    }

    @Test
    void pausesBeforeAcceptingAgain() {
        fail();
        assertThat(server.config().isAutoRead()).isFalse();

        server.advanceTimeBy(1, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
        assertThat(server.config().isAutoRead()).isTrue();
    }

    private void fail() {
        server.pipeline().fireExceptionCaught(new NativeIoException("accept4", -24, false));
    }

    private List<String> lines() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
