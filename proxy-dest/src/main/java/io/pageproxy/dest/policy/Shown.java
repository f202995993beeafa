package io.pageproxy.dest.policy;

import io.pageproxy.text.SafeText;

/** Formats content of a policy file for one line of a log. */
final class Shown {
    private static final int MAX_CHARS = 80;

    private Shown() {}

    /** Returns the text, shortened to {@value #MAX_CHARS} characters. */
    static String text(String text) {
        return SafeText.abridged(text, MAX_CHARS);
    }

    /** Returns a scalar's text, or the type of another node. */
    static String node(YamlNode node) {
        return switch (node.type()) {
            case "array" -> "a list";
            case "object" -> "a mapping";
            case "null" -> "nothing";
            default -> "'" + text(((YamlNode.Scalar) node).text()) + "'";
        };
    }
}
