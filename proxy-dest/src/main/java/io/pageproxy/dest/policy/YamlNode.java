package io.pageproxy.dest.policy;

import java.util.List;
import java.util.Map;

/** A node of a YAML document with its position. Immutable. */
sealed interface YamlNode {
    /** Where the node starts. */
    Place at();

    /** The node's type in JSON's terms. */
    String type();

    /** A string, number, boolean or null. */
    record Scalar(String text, String type, Place at) implements YamlNode {}

    /** A sequence of nodes. */
    record Sequence(List<YamlNode> items, Place at) implements YamlNode {
        @Override
        public String type() {
            return "array";
        }
    }

    /** A mapping of keys to nodes, in file order. */
    record Mapping(Map<String, Entry> entries, Place at) implements YamlNode {
        @Override
        public String type() {
            return "object";
        }
    }

    /**
     * An entry of a mapping.
     *
     * @param keyAt position of the key
     */
    record Entry(Place keyAt, YamlNode value) {}
}
