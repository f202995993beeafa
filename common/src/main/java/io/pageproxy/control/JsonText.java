package io.pageproxy.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Writes JSON on one line. */
public final class JsonText {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonText() {}

    /** A value, or fields of an object. */
    @FunctionalInterface
    public interface Content {
        /** Writes it. */
        void write(JsonGenerator json) throws IOException;
    }

    public static String of(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            content.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Impossible in memory.
        }
        return text.toString();
    }

    static void writeNumber(JsonGenerator json, String name, OptionalInt value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsInt());
        } else {
            json.writeNullField(name);
        }
    }

    /** Writes a field that is JSON itself. */
    static void writeJson(JsonGenerator json, String name, Optional<String> value)
            throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(value.orElse("null"));
    }
}
