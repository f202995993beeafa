package io.pageproxy.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a job is to do: a command line, and the folder from which its paths count.
 *
 * @param command such as {@code migrate}
 * @param arguments what follows it on a command line: options, then {@code --} and what is behind
 * @param directory absolute
 */
public record JobRequest(String command, List<String> arguments, Path directory) {
    /** Nesting of the JSON; options hold lists at most. */
    private static final int MAX_DEPTH = 4;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                    .build();

    /** Options that describe the program, and the file of options: a request has them itself. */
    private static final Set<String> EXCLUDED = Set.of("config", "help", "version");

    private static final int BAD_REQUEST = 400;

    /** Copies the arguments. */
    public JobRequest {
        arguments = List.copyOf(arguments);
    }

    /**
     * Reads a request.
     *
     * @param json an object with {@code command}, {@code options}, {@code arguments} and {@code
     *     directory}
     * @throws JobRefusedException with status 400 if it is another text
     */
    static JobRequest parse(String json) throws JobRefusedException {
        try (JsonParser parser = JSON.createParser(json)) {
            Reader reader = new Reader(parser);
            expect(parser.nextToken(), JsonToken.START_OBJECT, "the body");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                reader.field(parser.currentName());
            }
            if (parser.nextToken() != null) {
                throw bad("something follows the object");
            }
            return reader.request();
        } catch (IOException e) {
            throw bad("the body is no JSON: " + FailureText.of(e));
        }
    }

    private static JobRefusedException bad(String message) {
        return new JobRefusedException(BAD_REQUEST, SafeText.lines(message));
    }

    private static void expect(JsonToken token, JsonToken wanted, String what)
            throws JobRefusedException {
        if (token != wanted) {
            throw bad(
                    what
                            + " is "
                            + (token == null ? "empty" : token)
                            + ", and not "
                            + wanted
                            + ": see docs/reference/control.yaml");
        }
    }

    /** Collects the fields. */
    private static final class Reader {
        private final JsonParser parser;
        private Optional<String> command = Optional.empty();
        private Optional<String> directory = Optional.empty();
        private final List<String> options = new ArrayList<>();
        private final List<String> arguments = new ArrayList<>();

        Reader(JsonParser parser) {
            this.parser = parser;
        }

        void field(String name) throws IOException, JobRefusedException {
            JsonToken value = parser.nextToken();
            switch (name) {
                case "command" -> command = Optional.of(text(value, name));
                case "directory" -> directory = Optional.of(text(value, name));
                case "arguments" -> {
                    expect(value, JsonToken.START_ARRAY, name);
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        arguments.add(text(parser.currentToken(), name));
                    }
                }
                case "options" -> {
                    expect(value, JsonToken.START_OBJECT, name);
                    while (parser.nextToken() != JsonToken.END_OBJECT) {
                        option(parser.currentName());
                    }
                }
                default -> throw bad("'" + name + "' is no field of a job");
            }
        }

        private String text(JsonToken value, String name) throws IOException, JobRefusedException {
            expect(value, JsonToken.VALUE_STRING, name);
            return parser.getText();
        }

        private void option(String name) throws IOException, JobRefusedException {
            if (EXCLUDED.contains(name) || !name.matches("[A-Za-z][A-Za-z0-9-]*")) {
                throw bad(
                        "'" + name + "' is no option of a job: give the long name without dashes");
            }
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    word(name, parser.currentToken());
                }
            } else {
                word(name, value);
            }
        }

        private void word(String name, JsonToken value) throws IOException, JobRefusedException {
            switch (value) {
                case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                        options.add("--" + name + "=" + parser.getText());
                case VALUE_TRUE -> options.add("--" + name);
                case VALUE_FALSE -> {} // As if it were not given.
                default ->
                        throw bad(
                                name
                                        + ": the value is a text, a number, true or false, or a list"
                                        + " of these");
            }
        }

        JobRequest request() throws JobRefusedException {
            if (command.isEmpty() || directory.isEmpty()) {
                throw bad("command and directory are needed");
            }
            List<String> words = new ArrayList<>(options);
            words.addAll(arguments);
            try {
                Path folder = Path.of(directory.get());
                if (!folder.isAbsolute()) {
                    throw bad("directory " + directory.get() + " is not absolute");
                }
                return new JobRequest(command.get(), words, folder);
            } catch (InvalidPathException e) {
                throw bad("directory: " + e.getMessage());
            }
        }
    }
}
