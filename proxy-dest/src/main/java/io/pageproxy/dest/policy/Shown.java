package io.pageproxy.dest.policy;

/** What a file says, fit for one line of a log. */
final class Shown {
    private static final int MAX_CHARS = 80;

    private Shown() {}

    /** The text, cut after {@value #MAX_CHARS} characters, ASCII only. */
    static String text(String text) {
        String cut = text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "...";
        return cut.replaceAll("[^ -~]", "?");
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
