package io.pageproxy.dest.policy;

import io.pageproxy.dest.policy.YamlNode.Entry;
import io.pageproxy.dest.policy.YamlNode.Mapping;
import io.pageproxy.dest.policy.YamlNode.Scalar;
import io.pageproxy.dest.policy.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.Event.ID;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.resolver.JsonScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;

/**
 * Reads a subset of YAML 1.2 with JSON's types: one document without anchors, aliases, tags and
 * duplicate keys, nested at most {@value #MAX_DEPTH} levels deep. The result is therefore never
 * larger than the text.
 */
final class YamlReader {
    static final int MAX_DEPTH = 16;

    private static final ScalarResolver TYPES = new JsonScalarResolver();

    private final String text;
    private final Iterator<Event> events;

    private YamlReader(String text) {
        this.text = text;
        LoadSettings settings = LoadSettings.builder().setCodePointLimit(text.length() + 1).build();
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /**
     * Reads the only document of a text.
     *
     * @throws PolicyException if there is no document, or one with unsupported features
     */
    static YamlNode read(String text) throws PolicyException {
        YamlReader reader = new YamlReader(text);
        try {
            return reader.document();
        } catch (MarkedYamlEngineException e) {
            Place at = e.getProblemMark().map(YamlReader::place).orElse(Place.START);
            throw new PolicyException(at, "not YAML: " + Shown.text(e.getProblem()));
        } catch (ReaderException e) {
            throw new PolicyException(
                    reader.placeOf(e.getPosition()),
                    "not YAML: a control character, U+%04X".formatted(e.getCodePoint()));
        } catch (NumberFormatException e) {
            // A defect of the library for texts that end in an escape.
            throw new PolicyException(
                    reader.placeOf(text.length()), "not YAML: the file ends in an escape");
        } catch (YamlEngineException e) {
            throw new PolicyException(Place.START, "not YAML: " + Shown.text(e.getMessage()));
        }
    }

    private YamlNode document() throws PolicyException {
        skip(ID.StreamStart);
        if (!skip(ID.DocumentStart)) {
            throw new PolicyException(Place.START, "the file is empty");
        }
        YamlNode root = node(next(), 1);
        skip(ID.DocumentEnd);
        Event end = next();
        if (end.getEventId() != ID.StreamEnd) {
            throw new PolicyException(place(end), "a second document begins here: leave it out");
        }
        return root;
    }

    private Event next() {
        return events.next();
    }

    private boolean skip(ID expected) {
        return next().getEventId() == expected;
    }

    private YamlNode node(Event event, int depth) throws PolicyException {
        Place at = place(event);
        if (event instanceof AliasEvent || ((NodeEvent) event).getAnchor().isPresent()) {
            throw new PolicyException(at, "anchors and aliases are not supported: write it out");
        }
        if (depth > MAX_DEPTH) {
            throw new PolicyException(at, "nested deeper than " + MAX_DEPTH);
        }
        if (tag(event).isPresent()) {
            throw new PolicyException(at, "tags are not supported: leave out what begins with !");
        }
        if (event instanceof ScalarEvent scalar) {
            return new Scalar(scalar.getValue(), type(scalar), at);
        }
        return event instanceof SequenceStartEvent ? sequence(depth, at) : mapping(depth, at);
    }

    private static Optional<String> tag(Event event) {
        return event instanceof ScalarEvent scalar
                ? scalar.getTag()
                : ((CollectionStartEvent) event).getTag();
    }

    private Sequence sequence(int depth, Place at) throws PolicyException {
        List<YamlNode> items = new ArrayList<>();
        for (Event event = next(); event.getEventId() != ID.SequenceEnd; event = next()) {
            items.add(node(event, depth + 1));
        }
        return new Sequence(List.copyOf(items), at);
    }

    private Mapping mapping(int depth, Place at) throws PolicyException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Event event = next(); event.getEventId() != ID.MappingEnd; event = next()) {
            if (!(node(event, depth + 1) instanceof Scalar key)) {
                throw new PolicyException(place(event), "a key is one word, not a collection");
            }
            Entry entry = new Entry(key.at(), node(next(), depth + 1));
            if (entries.putIfAbsent(key.text(), entry) != null) {
                throw new PolicyException(
                        key.at(), "'" + Shown.text(key.text()) + "' is given twice: leave one out");
            }
        }
        return new Mapping(Collections.unmodifiableMap(entries), at);
    }

    private static String type(ScalarEvent scalar) {
        String tag =
                TYPES.resolve(scalar.getValue(), scalar.getImplicit().canOmitTagInPlainScalar())
                        .getValue();
        return switch (tag.substring(tag.lastIndexOf(':') + 1)) {
            case "int" -> "integer";
            case "float" -> "number";
            case "bool" -> "boolean";
            case "null" -> "null";
            default -> "string";
        };
    }

    private static Place place(Event event) {
        return event.getStartMark().map(YamlReader::place).orElse(Place.START);
    }

    private static Place place(Mark mark) {
        return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }

    private Place placeOf(int codePoints) {
        int end = Math.min(codePoints, text.codePointCount(0, text.length()));
        String before = text.substring(0, text.offsetByCodePoints(0, end));
        int lineStart = before.lastIndexOf('\n') + 1;
        int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
        return new Place(line, 1 + before.codePointCount(lineStart, before.length()));
    }
}
