package io.pageproxy.cli.client;

import java.util.Map;

/** The JSON of the control socket: fields of what a resident source sends, and quoted texts. */
final class Json {
    private Json() {}

    /** A text field; empty if there is none. */
    static String text(Map<String, Object> fields, String name) {
        return fields.get(name) instanceof String value ? value : "";
    }

    /** A whole number's field. */
    static int number(Map<String, Object> fields, String name, int otherwise) {
        return fields.get(name) instanceof Long value ? value.intValue() : otherwise;
    }

    /** Appends a text in quotes. */
    static void quote(StringBuilder to, String value) {
        to.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                to.append('\\').append(c);
            } else if (c < ' ') {
                to.append("\\u00").append(Character.forDigit(c >> 4, 16));
                to.append(Character.forDigit(c & 15, 16));
            } else {
                to.append(c);
            }
        }
        to.append('"');
    }
}
