package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import io.pageproxy.text.CapturedLog;
import io.pageproxy.text.RepeatedFailure;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AcceptFailuresTest {
    static {
        Epoll.ensureAvailability(); // Loads the native library that NativeIoException needs.
    }

    @RegisterExtension private final CapturedLog logged = new CapturedLog(AcceptFailures.class);
    private final AtomicLong nanos = new AtomicLong();
    private final EmbeddedChannel server =
            new EmbeddedChannel(
                    new AcceptFailures("--listen 127.0.0.1:9", new RepeatedFailure(nanos::get)));

    @Test
    void failuresAreLoggedOncePerPeriodWithTheirCount() {
        IntStream.range(0, 50).forEach(i -> fail());
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(RepeatedFailure.PERIOD_SECONDS));
        fail();

        assertThat(logged.lines())
                .containsExactly(
                        "--listen 127.0.0.1:9: a connection cannot be accepted: Too many open files;"
                                + " raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)",
                        logged.lines().get(0) + " (and 49 times before)");
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
}
