package io.pageproxy.control;

import java.util.Optional;

/** Makes events of what a job says. */
final class EventOutput implements JobOutput {
    private final JobEvents events;
    private volatile Optional<String> report = Optional.empty();

    EventOutput(JobEvents events) {
        this.events = events;
    }

    @Override
    public void stdout(String text) {
        events.addText("stdout", text);
    }

    @Override
    public void stderr(String text) {
        events.addText("stderr", text);
    }

    @Override
    public void log(String text) {
        events.addText("log", text);
    }

    @Override
    public boolean hasReaders() {
        return events.hasReaders();
    }

    @Override
    public void progress(String text, JsonText.Content figures) {
        events.setProgress(
                JsonText.of(
                        json -> {
                            json.writeStartObject();
                            json.writeStringField("text", text);
                            figures.write(json);
                            json.writeEndObject();
                        }));
    }

    @Override
    public void report(String json) {
        report = Optional.of(json);
    }

    Optional<String> report() {
        return report;
    }
}
