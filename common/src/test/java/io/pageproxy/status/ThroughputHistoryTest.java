package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How reports of bytes become bytes per second. */
class ThroughputHistoryTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long ORIGIN = -5 * SECOND; // nanoTime may be negative

    private final AtomicLong now = new AtomicLong(ORIGIN);
    private final ThroughputHistory history = new ThroughputHistory(4, now::get);

    private String at(double seconds) throws IOException {
        now.set(nanos(seconds));
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            history.write(json);
            json.writeEndObject();
        }
        return text.toString().replaceAll(".*\"page_bytes\":(.*),\"wire_bytes\":(.*)}}", "$1 $2");
    }

    private static long nanos(double seconds) {
        return ORIGIN + Math.round(seconds * SECOND);
    }

    @Test
    void bytesAreSpreadEvenlyOverTheirPeriod() throws IOException {
        history.add(nanos(0.5), nanos(2.5), 400, 40);
        assertThat(at(4)).isEqualTo("[100,200,100] [10,20,10]");
    }

    @Test
    void reportsOfOneSecondAddUp() throws IOException {
        history.add(nanos(0.0), nanos(0.5), 10, 1);
        history.add(nanos(0.5), nanos(1.0), 20, 2);
        history.add(nanos(0.2), nanos(0.7), 5, 5);
        assertThat(at(2)).isEqualTo("[35] [8]");
    }

    @Test
    void secondThatMayStillGrowIsNotShown() throws IOException {
        history.add(nanos(0), nanos(1.5), 150, 0);
        assertThat(at(1.74)).isEqualTo("[] []");
        assertThat(at(1.76)).isEqualTo("[100] [0]");
    }

    @Test
    void secondsWithoutReportAreZeroAndOldOnesAreForgotten() throws IOException {
        history.add(nanos(0), nanos(1), 7, 7);
        assertThat(at(3)).isEqualTo("[7,0] [7,0]");
        history.add(nanos(5), nanos(6), 9, 9);
        assertThat(at(7)).isEqualTo("[0,0,9] [0,0,9]");
        assertThat(at(60)).isEqualTo("[0,0,0] [0,0,0]");
    }

    @Test
    void periodLongerThanTheHistoryKeepsItsRate() throws IOException {
        history.add(nanos(0), nanos(10), 1000, 0);
        assertThat(at(10.8)).isEqualTo("[100,100,100] [0,0,0]");
    }

    @Test
    void emptyPeriodIsNoDivisionByZero() throws IOException {
        history.add(nanos(0.5), nanos(0.5), 3, 3);
        history.add(nanos(-1), nanos(-1), 4, 4);
        assertThat(at(2)).isEqualTo("[7] [7]");
    }
}
