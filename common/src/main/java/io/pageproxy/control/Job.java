package io.pageproxy.control;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** One job, under way or over. Thread-safe. */
final class Job {
    private final String id;
    private final JobRequest request;
    private final JobTask task;
    private final JobEvents events = new JobEvents();
    private final EventOutput output = new EventOutput(events);
    private final Instant started = Instant.now();
    private boolean stopping;
    private Optional<Instant> ended = Optional.empty();
    private OptionalInt exitCode = OptionalInt.empty();

    /** Where a job is. */
    enum State {
        RUNNING,
        /** It was told to stop. */
        STOPPING,
        OVER
    }

    Job(String id, JobRequest request, JobTask task) {
        this.id = id;
        this.request = request;
        this.task = task;
    }

    String id() {
        return id;
    }

    JobRequest request() {
        return request;
    }

    JobEvents events() {
        return events;
    }

    Instant started() {
        return started;
    }

    synchronized State state() {
        if (ended.isPresent()) {
            return State.OVER;
        }
        return stopping ? State.STOPPING : State.RUNNING;
    }

    synchronized Optional<Instant> ended() {
        return ended;
    }

    synchronized OptionalInt exitCode() {
        return exitCode;
    }

    Optional<String> report() {
        return output.report();
    }

    /** Does the work; blocks. */
    void run() {
        int code = 1;
        try {
            code = task.run(output);
        } catch (Exception | Error e) {
            output.stderr("pageproxy: this should not happen, please report it: " + e + "\n");
        }
        synchronized (this) {
            ended = Optional.of(Instant.now());
            exitCode = OptionalInt.of(code);
        }
        events.end("exit", exit(code));
    }

    private String exit(int code) {
        return JsonText.of(
                json -> {
                    json.writeStartObject();
                    json.writeNumberField("exit_code", code);
                    JsonText.writeJson(json, "report", output.report());
                    json.writeEndObject();
                });
    }

    /** Asks it to stop; does nothing if it is over. */
    void stop() {
        synchronized (this) {
            if (ended.isPresent()) {
                return;
            }
            stopping = true;
        }
        task.stop();
    }
}
