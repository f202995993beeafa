package io.pageproxy.app.bench;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.cli.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The machine-readable report: every measured session in order. */
final class SampleFile {
    private SampleFile() {}

    /**
     * Writes the file, replacing an existing one.
     *
     * @throws IOException if that fails; the message names {@code --json} and the file
     */
    static void write(Path file, BenchOptions options, List<Sample> samples) throws IOException {
        try (JsonGenerator json =
                new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("agent", Version.agent());
            json.writeStringField("java", Runtime.version().toString());
            json.writeNumberField("processors", Runtime.getRuntime().availableProcessors());
            json.writeNumberField("size_bytes", options.sizeBytes());
            json.writeNumberField("runs", options.runs());
            json.writeArrayFieldStart("samples");
            for (Sample sample : samples) {
                write(json, sample);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IOException("--json " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static void write(JsonGenerator json, Sample sample) throws IOException {
        Combination combination = sample.combination();
        boolean pair = sample.proxies().isPresent();
        json.writeStartObject();
        json.writeNumberField("round", sample.round());
        json.writeStringField("content", combination.content().label());
        json.writeStringField("codec", pair ? combination.codecLabel() : null);
        json.writeNumberField("lanes", combination.lanes());
        json.writeNumberField("bytes", sample.bytes());
        json.writeNumberField("seconds", sample.seconds());
        json.writeNumberField("mb_per_s", sample.megabytesPerSecond());
        if (pair) {
            Sample.Proxies proxies = sample.proxies().get();
            json.writeNumberField("wire_bytes", proxies.wireBytes());
            json.writeNumberField("cpu_source", proxies.source().cpuSeconds());
            json.writeNumberField("cpu_dest", proxies.dest().cpuSeconds());
            json.writeNumberField("peak_rss_source", proxies.source().peakBytes());
            json.writeNumberField("peak_rss_dest", proxies.dest().peakBytes());
        }
        json.writeEndObject();
    }
}
