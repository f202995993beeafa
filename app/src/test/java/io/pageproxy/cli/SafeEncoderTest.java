package io.pageproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.encoder.EncoderBase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SafeEncoderTest {
    private static final String HOSTILE = "Zoë\u001b[2J\u202e\ud800";

    private final LoggerContext context = new LoggerContext();

    @Test
    void argumentsInTextAreSanitised() {
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setPattern("%-5level %msg%n%nopex");

        assertThat(encoded(text)).isEqualTo("WARN  refused Zoë?[2J??\n");
    }

    @Test
    void argumentsInJsonAreSanitised() {
        assertThat(encoded(new JsonLogEncoder())).contains("Zoë?[2J??").doesNotContain("\u202e");
    }

    @BeforeEach
    void contextHasMdc() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    private String encoded(EncoderBase<ILoggingEvent> encoder) {
        encoder.setContext(context);
        encoder.start();
        LoggingEvent event =
                new LoggingEvent(
                        "",
                        context.getLogger("test"),
                        Level.WARN,
                        "refused {}",
                        null,
                        new Object[] {HOSTILE});
        return new String(new SafeEncoder(encoder).encode(event), UTF_8);
    }
}
