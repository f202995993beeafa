package io.pageproxy.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON document of limited depth. */
public final class JsonReader {
    /** Who wrote it may be trusted, but a stack is finite. */
    private static final int MAX_DEPTH = 32;

    private static final int MAX_SHOWN_CHARS = 200;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /**
     * Reads an object.
     *
     * @return by name: a String, Long, Double, Boolean, Map, List or null
     * @throws IOException if the text is none
     */
    public static Map<String, Object> object(String text) throws IOException {
        JsonReader json = new JsonReader(text);
        Object value = json.value();
        json.skipBlanks();
        if (json.at != text.length() || !(value instanceof Map<?, ?> map)) {
            throw json.bad();
        }
        return fields(map);
    }

    /** An object within an object; empty if it has none of that name. */
    public static Map<String, Object> member(Map<String, Object> object, String name) {
        return object.get(name) instanceof Map<?, ?> map ? fields(map) : Map.of();
    }

    private static Map<String, Object> fields(Map<?, ?> map) {
        Map<String, Object> fields = new HashMap<>();
        map.forEach((name, value) -> fields.put((String) name, value));
        return fields;
    }

    private IOException bad() {
        return new IOException(
                "not a JSON object: character " + at + " of " + SafeText.line(shown()));
    }

    private String shown() {
        return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "...";
    }

    private void skipBlanks() {
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
    }

    private char next() throws IOException {
        if (at == text.length()) {
            throw bad();
        }
        return text.charAt(at++);
    }

    private boolean accept(char wanted) {
        skipBlanks();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) throws IOException {
        if (!accept(wanted)) {
            throw bad();
        }
    }

    private Object value() throws IOException {
        if (++depth > MAX_DEPTH) {
            throw bad();
        }
        Object value;
        if (accept('{')) {
            value = members();
        } else if (accept('[')) {
            value = elements();
        } else if (accept('"')) {
            value = string();
        } else {
            value = word();
        }
        depth--;
        return value;
    }

    private Map<String, Object> members() throws IOException {
        Map<String, Object> members = new HashMap<>();
        while (!accept('}')) {
            if (!members.isEmpty()) {
                expect(',');
            }
            expect('"');
            String name = string();
            expect(':');
            members.put(name, value());
        }
        return members;
    }

    private List<Object> elements() throws IOException {
        List<Object> elements = new ArrayList<>();
        while (!accept(']')) {
            if (!elements.isEmpty()) {
                expect(',');
            }
            elements.add(value());
        }
        return elements;
    }

    private String string() throws IOException {
        StringBuilder string = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            string.append(c == '\\' ? escaped() : c);
        }
        return string.toString();
    }

    private char escaped() throws IOException {
        char c = next();
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            default -> c;
        };
    }

    private char unicode() throws IOException {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) {
                throw bad();
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    private Object word() throws IOException {
        skipBlanks();
        int from = at;
        while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(from, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word);
        };
    }

    private Object number(String word) throws IOException {
        try {
            return word.indexOf('.') < 0 && word.indexOf('e') < 0 && word.indexOf('E') < 0
                    ? (Object) Long.valueOf(word)
                    : (Object) Double.valueOf(word);
        } catch (NumberFormatException e) {
            throw bad();
        }
    }
}
