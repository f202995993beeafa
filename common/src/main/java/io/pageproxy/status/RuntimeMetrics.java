package io.pageproxy.status;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What the process and its Java virtual machine use, under the names that all programs have for it.
 * Prometheus' client library gathers that; it is loaded at the first scrape, because a start has no
 * use for it.
 */
final class RuntimeMetrics {
    private RuntimeMetrics() {}

    /** Loads the library when it is first used. */
    private static final class Loaded {
        static final PrometheusTextFormatWriter WRITER =
                PrometheusTextFormatWriter.builder().build();
        static final PrometheusRegistry REGISTRY = new PrometheusRegistry();

        static {
            ProcessMetrics.builder().register(REGISTRY);
            JvmMemoryMetrics.builder().register(REGISTRY);
            JvmGarbageCollectorMetrics.builder().register(REGISTRY);
            JvmThreadsMetrics.builder().register(REGISTRY);
        }

        private Loaded() {}
    }

    /** The metrics in the text format 0.0.4. */
    static String text() {
        ByteArrayOutputStream text = new ByteArrayOutputStream(8 << 10);
        try {
            Loaded.WRITER.write(text, Loaded.REGISTRY.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
