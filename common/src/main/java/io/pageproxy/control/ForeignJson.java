package io.pageproxy.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.StringWriter;

/** JSON of a process that is not trusted: it is read and written again, and its texts made safe. */
public final class ForeignJson {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NUMBER_CHARS = 40;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_DEPTH)
                                    .maxNumberLength(MAX_NUMBER_CHARS)
                                    .build())
                    .build();

    private ForeignJson() {}

    /**
     * Returns an object on one line.
     *
     * @throws IOException if the text is no object
     */
    public static String object(String text) throws IOException {
        StringWriter copy = new StringWriter();
        try (JsonParser parser = JSON.createParser(text);
                JsonGenerator json = JSON.createGenerator(copy)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a JSON text that is no object");
            }
            copyValue(parser, json);
            if (parser.nextToken() != null) {
                throw new IOException("something follows an object of JSON");
            }
        }
        return copy.toString();
    }

    private static void copyValue(JsonParser from, JsonGenerator to) throws IOException {
        int depth = 0;
        JsonToken token = from.currentToken();
        do {
            switch (token) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                default -> {}
            }
            switch (token) {
                case FIELD_NAME -> to.writeFieldName(SafeText.line(from.currentName()));
                case VALUE_STRING -> to.writeString(SafeText.lines(from.getText()));
                default -> to.copyCurrentEventExact(from);
            }
            token = depth > 0 ? from.nextToken() : null;
        } while (depth > 0);
    }

    /**
     * Hands over a progress: an object with the field {@code text}, and others.
     *
     * @throws IOException if it is none
     */
    public static void progress(String text, JobOutput output) throws IOException {
        String safe = object(text);
        String line = "";
        try (JsonParser parser = JSON.createParser(safe)) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("text") && value == JsonToken.VALUE_STRING) {
                    line = SafeText.line(parser.getText());
                }
                parser.skipChildren();
            }
        }
        output.progress(line, json -> copyOthers(safe, json));
    }

    private static void copyOthers(String object, JsonGenerator to) throws IOException {
        try (JsonParser parser = JSON.createParser(object)) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("text")) {
                    parser.skipChildren();
                } else {
                    to.writeFieldName(name);
                    copyValue(parser, to);
                }
            }
        }
    }
}
