package io.pageproxy.dest.policy;

import io.pageproxy.dest.policy.YamlNode.Entry;
import io.pageproxy.dest.policy.YamlNode.Mapping;
import io.pageproxy.dest.policy.YamlNode.Scalar;
import io.pageproxy.dest.policy.YamlNode.Sequence;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Validates a policy against its JSON schema, {@code policy.schema.json}, the same file that
 * editors use. It supports only the keywords that occur in that file, so that its errors can
 * contain line, column and remedy; the latter is the schema's {@code description}. Unsupported
 * keywords are rejected, never ignored; patterns are anchored at both ends. Thread-safe.
 */
final class Schema {
    private static final String FILE = "policy.schema.json";
    private static final String DEFINITIONS = "#/$defs/";

    /** Numbers with more digits exceed every bound of the schema. */
    private static final int MAX_DIGITS = 18;

    private final Mapping root;
    private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

    Schema(Mapping root) {
        this.root = root;
    }

    /** Loads the schema of policies. */
    static Schema ofPolicies() {
        try (InputStream in = Schema.class.getResourceAsStream(FILE)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Schema((Mapping) YamlReader.read(text)); // JSON is a subset of YAML.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (PolicyException e) {
            throw new IllegalStateException(FILE + ": " + e.getMessage(), e);
        }
    }

    /**
     * Validates a whole file.
     *
     * @throws PolicyException at the first problem
     */
    void check(YamlNode node) throws PolicyException {
        check(root, new Subject(node, "", text(root, "description", "a mapping with peers")));
    }

    /**
     * The node that is checked.
     *
     * @param path its path, such as {@code peers[0].dns}
     * @param wanted description of the expected value, for messages
     */
    private record Subject(YamlNode node, String path, String wanted) {
        PolicyException fault(String what) {
            return new PolicyException(node.at(), prefix() + what + "; wanted: " + wanted);
        }

        String prefix() {
            return path.isEmpty() ? "" : path + ": ";
        }
    }

    private void check(Mapping schema, Subject subject) throws PolicyException {
        for (Map.Entry<String, Entry> keyword : schema.entries().entrySet()) {
            YamlNode value = keyword.getValue().value();
            switch (keyword.getKey()) {
                case "$ref" -> check(definition((Scalar) value), subject);
                case "type" -> type(value, subject);
                case "const" -> constant((Scalar) value, subject);
                case "anyOf" -> anyOf((Sequence) value, subject);
                case "required" -> required((Sequence) value, schema, subject);
                case "additionalProperties" -> noOtherKeys(schema, subject);
                case "properties" -> properties((Mapping) value, subject);
                case "minItems" -> minItems(number(value), subject);
                case "items" -> items((Mapping) value, subject);
                case "maxLength" -> maxLength(number(value), subject);
                case "pattern" -> pattern(((Scalar) value).text(), subject);
                case "minimum", "maximum" -> bound(keyword.getKey(), number(value), subject);
                case "$schema", "$defs", "title", "description" -> {
                    // Keywords for readers and editors, or for $ref.
                }
                default -> throw new IllegalStateException(FILE + " uses " + keyword.getKey());
            }
        }
    }

    private static void type(YamlNode value, Subject subject) throws PolicyException {
        List<YamlNode> types = value instanceof Sequence several ? several.items() : List.of(value);
        String is = subject.node().type();
        if (types.stream().noneMatch(type -> ((Scalar) type).text().equals(is))) {
            boolean quotesWouldFixIt =
                    subject.node() instanceof Scalar
                            && !is.equals("null")
                            && types.stream().anyMatch(t -> ((Scalar) t).text().equals("string"));
            throw subject.fault(
                    Shown.node(subject.node())
                            + " is "
                            + (is.equals("null") ? "there" : "of the type " + is)
                            + (quotesWouldFixIt ? ", unless it is put in quotes" : ""));
        }
    }

    private static void constant(Scalar value, Subject subject) throws PolicyException {
        if (!(subject.node() instanceof Scalar scalar
                && scalar.type().equals(value.type())
                && scalar.text().equals(value.text()))) {
            throw subject.fault(Shown.node(subject.node()) + " is not valid");
        }
    }

    private void anyOf(Sequence schemas, Subject subject) throws PolicyException {
        if (schemas.items().stream().noneMatch(schema -> fits((Mapping) schema, subject))) {
            throw subject.fault("a required key is missing");
        }
    }

    private boolean fits(Mapping schema, Subject subject) {
        try {
            check(schema, subject);
            return true;
        } catch (PolicyException e) {
            return false;
        }
    }

    private static void required(Sequence keys, Mapping schema, Subject subject)
            throws PolicyException {
        if (subject.node() instanceof Mapping mapping) {
            for (YamlNode key : keys.items()) {
                String name = ((Scalar) key).text();
                if (!mapping.entries().containsKey(name)) {
                    String wanted = text(property(schema, name), "description", name);
                    throw new PolicyException(
                            mapping.at(),
                            subject.prefix() + "'" + name + "' is missing; wanted: " + wanted);
                }
            }
        }
    }

    private static void noOtherKeys(Mapping schema, Subject subject) throws PolicyException {
        if (subject.node() instanceof Mapping mapping) {
            Mapping known = (Mapping) schema.entries().get("properties").value();
            for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
                if (!known.entries().containsKey(entry.getKey())) {
                    throw new PolicyException(
                            entry.getValue().keyAt(),
                            subject.prefix()
                                    + "'"
                                    + Shown.text(entry.getKey())
                                    + "' is not known; known here: "
                                    + String.join(", ", known.entries().keySet()));
                }
            }
        }
    }

    private void properties(Mapping schemas, Subject subject) throws PolicyException {
        if (subject.node() instanceof Mapping mapping) {
            for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
                Entry schema = schemas.entries().get(entry.getKey());
                if (schema != null) {
                    String path = subject.path().isEmpty() ? "" : subject.path() + ".";
                    below(
                            (Mapping) schema.value(),
                            entry.getValue().value(),
                            path + entry.getKey());
                }
            }
        }
    }

    private void items(Mapping schema, Subject subject) throws PolicyException {
        if (subject.node() instanceof Sequence sequence) {
            for (int i = 0; i < sequence.items().size(); i++) {
                below(schema, sequence.items().get(i), subject.path() + "[" + i + "]");
            }
        }
    }

    private void below(Mapping schema, YamlNode node, String path) throws PolicyException {
        Mapping described =
                schema.entries().get("$ref") != null && !schema.entries().containsKey("description")
                        ? definition((Scalar) schema.entries().get("$ref").value())
                        : schema;
        check(schema, new Subject(node, path, text(described, "description", "something else")));
    }

    private static void minItems(long min, Subject subject) throws PolicyException {
        if (subject.node() instanceof Sequence sequence && sequence.items().size() < min) {
            throw subject.fault("the list is empty");
        }
    }

    private static void maxLength(long max, Subject subject) throws PolicyException {
        if (isString(subject)) {
            String text = ((Scalar) subject.node()).text();
            if (text.codePointCount(0, text.length()) > max) {
                throw subject.fault(
                        Shown.node(subject.node()) + " is longer than " + max + " characters");
            }
        }
    }

    private void pattern(String regex, Subject subject) throws PolicyException {
        if (isString(subject)) {
            Pattern pattern = patterns.computeIfAbsent(regex, Pattern::compile);
            if (!pattern.matcher(((Scalar) subject.node()).text()).matches()) {
                throw subject.fault(Shown.node(subject.node()) + " is not valid");
            }
        }
    }

    private static void bound(String keyword, long bound, Subject subject) throws PolicyException {
        if (subject.node() instanceof Scalar scalar && scalar.type().equals("integer")) {
            int order = Long.compare(number(scalar), bound);
            if (keyword.equals("minimum") ? order < 0 : order > 0) {
                throw subject.fault(
                        Shown.node(scalar)
                                + (order < 0 ? " is less than " : " is more than ")
                                + bound);
            }
        }
    }

    private static boolean isString(Subject subject) {
        return subject.node().type().equals("string");
    }

    private static long number(YamlNode node) {
        String text = ((Scalar) node).text();
        if (text.length() > MAX_DIGITS) {
            return text.startsWith("-") ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return Long.parseLong(text);
    }

    private Mapping definition(Scalar reference) {
        String name = reference.text().substring(DEFINITIONS.length());
        Mapping definitions = (Mapping) root.entries().get("$defs").value();
        return (Mapping) definitions.entries().get(name).value();
    }

    private static Mapping property(Mapping schema, String name) {
        Entry properties = schema.entries().get("properties");
        return properties == null
                ? new Mapping(Map.of(), Place.START)
                : (Mapping) ((Mapping) properties.value()).entries().get(name).value();
    }

    private static String text(Mapping schema, String key, String otherwise) {
        Entry entry = schema.entries().get(key);
        return entry == null ? otherwise : ((Scalar) entry.value()).text();
    }
}
