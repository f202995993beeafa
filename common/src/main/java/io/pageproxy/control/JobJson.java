package io.pageproxy.control;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Writes jobs and faults as JSON, on one line. */
final class JobJson {
    private JobJson() {}

    static String job(Job job) {
        return JsonText.of(json -> write(json, job));
    }

    static String jobs(List<Job> jobs) {
        return JsonText.of(
                json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("jobs");
                    for (Job job : jobs) {
                        write(json, job);
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                });
    }

    private static void write(JsonGenerator json, Job job) throws IOException {
        Job.State state = job.state();
        json.writeStartObject();
        json.writeStringField("id", job.id());
        json.writeStringField("command", job.request().command());
        json.writeArrayFieldStart("arguments");
        for (String word : job.request().arguments()) {
            json.writeString(word);
        }
        json.writeEndArray();
        json.writeStringField("directory", job.request().directory().toString());
        json.writeStringField("state", state.name().toLowerCase(Locale.ROOT));
        json.writeStringField("started", time(job.started()));
        json.writeStringField("ended", job.ended().map(JobJson::time).orElse(null));
        JsonText.writeNumber(json, "exit_code", job.exitCode());
        JsonText.writeJson(json, "report", job.report());
        json.writeEndObject();
    }

    static String fault(String message, OptionalInt exitCode) {
        return JsonText.of(
                json -> {
                    json.writeStartObject();
                    json.writeStringField("message", message);
                    JsonText.writeNumber(json, "exit_code", exitCode);
                    json.writeEndObject();
                });
    }

    static String health(Optional<String> fault, int running, int limit) {
        return JsonText.of(
                json -> {
                    json.writeStartObject();
                    json.writeBooleanField("ok", fault.isEmpty());
                    json.writeStringField("message", fault.orElse("ok"));
                    json.writeNumberField("jobs_running", running);
                    json.writeNumberField("jobs_limit", limit);
                    json.writeEndObject();
                });
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
