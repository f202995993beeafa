package io.pageproxy.dest.images;

/** Makes text from a log or a file fit for messages and terminals. */
final class SafeText {
    private SafeText() {}

    /** That text with every character but printable ASCII and line feeds replaced by {@code ?}. */
    static String of(String text) {
        return text.replace('\t', ' ').replace("\r", "").replaceAll("[^ -~\n]", "?");
    }
}
