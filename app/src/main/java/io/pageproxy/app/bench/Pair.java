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
 * Both proxies of one session.
 *
 * @param summary where the source tells of the session
 */
record Pair(Service source, Service dest, Path summary) {

    /**
     * Sends the stream through it and measures what that took. The source ends with its session, so
     * it is looked at as soon as the dumper has its status; the destination goes on, and is looked
     * at when the source is gone. Blocks; told to stop, either of them ends it.
     *
     * @throws LocalFailure where the session fails, with the source's own reason if it has one
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
        Map<String, String> told = told();
        if (!told.get("lanes").equals(Integer.toString(combination.lanes()))) {
            throw LocalFailure.here("the session had " + told.get("lanes") + " lanes");
        }
        Sample.Proxies proxies =
                new Sample.Proxies(
                        sourceAfter.since(sourceBefore),
                        dest.usage().since(destBefore),
                        Long.parseLong(told.get("wire_bytes_sent")));
        return new Sample(combination, round, stream.bytes(), seconds, Optional.of(proxies));
    }

    /** The source knows best why; where it knows nothing, what happened here must do. */
    private LocalFailure failure(String here) throws IOException, InterruptedException {
        source.awaitExit();
        Map<String, String> told = told();
        String reason = told.getOrDefault("reason", CloseReason.COMPLETED.label());
        return CloseReason.ofLabel(reason).exitCode() == 0
                ? LocalFailure.here(
                        here + "\nsource: " + source.lastWords() + "\ndest: " + dest.lastWords())
                : LocalFailure.of(CloseReason.ofLabel(reason), told.get("message"));
    }

    /** The scalars of the source's summary, by name; none where it has not written any. */
    private Map<String, String> told() throws IOException {
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
