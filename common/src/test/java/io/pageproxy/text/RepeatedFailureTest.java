package io.pageproxy.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RepeatedFailureTest {
    private final AtomicLong nanos = new AtomicLong(-1);
    private final RepeatedFailure failure = new RepeatedFailure(nanos::get);

    @Test
    void isLoggedAtOnceAndThenOncePerPeriodWithCount() {
        assertThat(failure.again()).hasValue(0);
        assertThat(failure.again()).isEmpty();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(RepeatedFailure.PERIOD_SECONDS) - 1);
        assertThat(failure.again()).isEmpty();
        nanos.incrementAndGet();
        assertThat(failure.again()).hasValue(2);
        assertThat(failure.again()).isEmpty();
    }
}
