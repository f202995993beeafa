package io.pageproxy.dest.policy;

import java.util.List;
import java.util.Map;

/** What stands in a file of YAML, and where. Immutable. */
sealed interface YamlNode {
    /** Where it begins. */
    Place at();

    /** JSON's word for what it is. */
    String type();

    /** Text, a number, true, false or null. */
    record Scalar(String text, String type, Place at) implements YamlNode {}

    /** Several in their order. */
    record Sequence(List<YamlNode> items, Place at) implements YamlNode {
        @Override
        public String type() {
            return "array";
        }
    }

    /** Several by their keys, in the file's order. */
    record Mapping(Map<String, Entry> entries, Place at) implements YamlNode {
        @Override
        public String type() {
            return "object";
        }
    }

    /**
     * One of a mapping.
     *
     * @param keyAt where the key stands
     */
    record Entry(Place keyAt, YamlNode value) {}
}
