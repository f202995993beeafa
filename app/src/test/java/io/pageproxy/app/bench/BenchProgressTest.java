package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BenchProgressTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String shown(boolean live, boolean wanted) {
        PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8);
        BenchProgress progress = new BenchProgress(print, live, wanted, 2);
        progress.begin(Samples.BASELINE);
        progress.done(Samples.withoutProxy(1, 2));
        progress.end();
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void terminalShowsLineThatIsRemovedAtEnd() {
        assertThat(shown(true, false)).isEqualTo("\r1/2  no proxy, mixed\033[J\r\r\033[J");
    }

    @Test
    void fileGetsLinePerSessionIfRequested() {
        assertThat(shown(false, true)).isEqualTo("1/2  no proxy, mixed: 500 MB/s\n");
    }

    @Test
    void fileGetsNothingByDefault() {
        assertThat(shown(false, false)).isEmpty();
    }
}
