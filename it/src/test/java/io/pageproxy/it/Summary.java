package io.pageproxy.it;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Parses the output of {@code --summary}. */
final class Summary {
    private Summary() {}

    /** The scalar fields of an object and its nested objects, by name. */
    static Map<String, String> parse(String json) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token; (token = parser.nextToken()) != null; ) {
                if (token.isScalarValue()) {
                    values.put(parser.currentName(), parser.getText());
                }
            }
        }
        return values;
    }
}
