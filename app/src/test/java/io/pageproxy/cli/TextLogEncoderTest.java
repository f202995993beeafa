package io.pageproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class TextLogEncoderTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00.007Z");

    @Test
    void lineHasTimeLevelAndMessage() {
        String time =
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
                        .withZone(ZoneId.systemDefault())
                        .format(NOW);

        assertThat(line(Level.INFO, null)).isEqualTo(time + " INFO  session done session=web\n");
        assertThat(line(Level.ERROR, null)).isEqualTo(time + " ERROR session done session=web\n");
    }

    @Test
    void stackTraceIsLeftOut() {
        assertThat(line(Level.WARN, new IllegalStateException("secret")))
                .endsWith(" WARN  session done session=web\n");
    }

    @Test
    void providerOfTheCommandHasLoggersWithoutAnyConfiguration() {
        LogProvider provider = new LogProvider();
        provider.initialize();
        LoggerContext context = (LoggerContext) provider.getLoggerFactory();

        assertThat(context.isStarted()).isTrue();
        assertThat(context.getMDCAdapter()).isSameAs(provider.getMDCAdapter());
        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders()).isExhausted();
        assertThat(MDC.getMDCAdapter()).isNotSameAs(provider.getMDCAdapter());
    }

    private static String line(Level level, Throwable thrown) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event =
                new LoggingEvent(
                        "",
                        context.getLogger("test"),
                        level,
                        "session done session={}",
                        thrown,
                        new Object[] {"web"});
        event.setInstant(NOW);
        return new String(new TextLogEncoder().encode(event), UTF_8);
    }
}
