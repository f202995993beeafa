package io.pageproxy.cli.resident;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import io.pageproxy.cli.options.LogOptions;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The log of one job: what its thread, and the threads that this starts, have logged. What shared
 * threads log is in the log of the resident source only, which has all lines.
 */
final class JobLog implements AutoCloseable {
    private static final InheritableThreadLocal<JobLog> OF_THREAD = new InheritableThreadLocal<>();

    private final LogOptions options;
    private final Encoder<ILoggingEvent> encoder;

    /** A thread may outlive the job whose log it has inherited. */
    private volatile Consumer<String> to;

    private JobLog(LogOptions options, Consumer<String> to) {
        this.options = options;
        this.encoder = options.newEncoder();
        this.to = to;
    }

    /** Gives this thread a log of its own until it is closed. */
    static JobLog open(LogOptions options, Consumer<String> to) {
        JobLog log = new JobLog(options, to);
        OF_THREAD.set(log);
        return log;
    }

    private void append(ILoggingEvent event) {
        Consumer<String> lines = to;
        if (options.includes(event.getLevel())) {
            lines.accept(new String(encoder.encode(event), StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        to = line -> {};
        OF_THREAD.remove();
    }

    /** Gives each job its lines. */
    static final class Appender extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            JobLog log = OF_THREAD.get();
            if (log != null) {
                log.append(event);
            }
        }
    }
}
