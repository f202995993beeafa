package io.pageproxy.dest.policy;

import io.pageproxy.text.SafeText;

/** What a file says, fit for one line of a log. */
final class Shown {
    private static final int MAX_CHARS = 80;

    private Shown() {}

    /** The text, abridged to {@value #MAX_CHARS} characters. */
    static String text(String text) {
        return SafeText.abridged(text, MAX_CHARS);
    }

    /** The node itself, or what kind of one it is. */
    static String node(YamlNode node) {
        return switch (node.type()) {
            case "array" -> "a list";
            case "object" -> "a mapping";
            case "null" -> "nothing";
            default -> "'" + text(((YamlNode.Scalar) node).text()) + "'";
        };
    }
}
