package io.pageproxy.app.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The two proxies of one session.
 *
 * @param summary the source's summary file
 */
record Pair(Service source, Service dest, Path summary) {

    /**
     * Sends the stream through the pair and measures it. The source exits with its session, so its
     * usage is read as soon as the dumper has received its status; the destination keeps running,
     * and its usage is read after the source has exited. Blocks until done or one of the proxies is
     * stopped.
     *
     * @throws LocalFailure if the session fails, with the source's reason if it reports one
     */
    Sample measure(Combination combination, int round, Stream stream)
            throws IOException, InterruptedException, LocalFailure {
        HostPort address = source.address();
        Usage sourceBefore;
        Usage destBefore;
        double seconds;
        Usage sourceAfter;
        try {
            sourceBefore = source.usage();
            destBefore = dest.usage();
            seconds = stream.dumpTo(address);
            sourceAfter = source.usage();
        } catch (IOException e) {
            throw failure(e.getMessage());
        }
        if (source.awaitExit() != 0) {
            throw failure("the session failed");
        }
        Map<String, String> summaryFields = summaryFields();
        if (!summaryFields.get("lanes").equals(Integer.toString(combination.lanes()))) {
            throw LocalFailure.here("the session had " + summaryFields.get("lanes") + " lanes");
        }
        Sample.Proxies proxies =
                new Sample.Proxies(
                        sourceAfter.since(sourceBefore),
                        dest.usage().since(destBefore),
                        Long.parseLong(summaryFields.get("wire_bytes_sent")));
        return new Sample(combination, round, stream.bytes(), seconds, Optional.of(proxies));
    }

    /** Prefers the reason reported by the source over what was observed here. */
    private LocalFailure failure(String here) throws IOException, InterruptedException {
        source.awaitExit();
        Map<String, String> summaryFields = summaryFields();
        String reason = summaryFields.getOrDefault("reason", CloseReason.COMPLETED.label());
        return CloseReason.ofLabel(reason).exitCode() == 0
                ? LocalFailure.here(
                        here + "\nsource: " + source.errorTail() + "\ndest: " + dest.errorTail())
                : LocalFailure.of(CloseReason.ofLabel(reason), summaryFields.get("message"));
    }

    /** Returns the scalar fields of the source's summary by name; empty if there is no summary. */
    private Map<String, String> summaryFields() throws IOException {
        Map<String, String> values = new HashMap<>();
        if (!Files.exists(summary)) {
            return values;
        }
        try (JsonParser parser = new JsonFactory().createParser(summary.toFile())) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    values.put(parser.currentName(), parser.getText());
                }
            }
        }
        return values;
    }
}
