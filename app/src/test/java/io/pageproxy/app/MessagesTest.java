package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.session.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds docs/reference/messages.md complete: each reason why a session fails has a section, and
 * each error message in the sources is listed. A message is found where an exception for operators
 * is created or thrown by a helper method, or where a reason is given with a text; what is compared
 * is its longest fixed part. Left out is what says which bytes of a protocol or a file were wrong.
 */
class MessagesTest {
    private static final Path ROOT = root();
    private static final String PAGE = "docs/reference/messages.md";

    /** Shorter parts, such as {@code " is "}, say nothing. */
    private static final int LEAST_CHARS = 12;

    private static final Pattern MESSAGE_BEGINS =
            Pattern.compile(
                    "CloseReason\\.[A-Z_]+\\s*,"
                            + "|new (?:Session|TlsConfig|Policy|Pki|PeerRefused|MigrationFailed"
                            + "|ChildLaunch|Parameter|IO)Exception\\("
                            + "|throw (?!violation|invalid|undecodable)[a-z]\\w*\\("
                            + "|\\brefus(?:ed|al)\\(");

    /** An IOException for operators names an option or says what to do. */
    private static final Pattern FOR_OPERATORS = Pattern.compile("\"[^\"]*(?:--[a-z]|; )");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern JOINS_LITERALS = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern COMMENT =
            Pattern.compile("/\\*.*?\\*/|(?<!:)//[^\n]*", Pattern.DOTALL);

    /** What {@link String#format} replaces. */
    private static final Pattern PLACEHOLDER = Pattern.compile("%[-0-9]*[a-zA-Z]|\\\\n");

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("SECURITY.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    @Test
    void everyReasonWhySessionsFailHasSection() throws IOException {
        String page = Files.readString(ROOT.resolve(PAGE));
        for (CloseReason reason : CloseReason.values()) {
            if (reason.exitCode() != 0) {
                assertThat(page).containsPattern("(?m)^### .*`" + reason.label() + "`");
            }
        }
    }

    @Test
    void everyErrorMessageIsListed() throws IOException {
        String page = Files.readString(ROOT.resolve(PAGE)).replaceAll("\\s+", " ");
        Map<String, String> messages = new TreeMap<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path sources : modules.map(module -> module.resolve("src/main/java")).toList()) {
                if (Files.isDirectory(sources)) {
                    addMessages(sources, messages);
                }
            }
        }
        assertThat(messages).as("messages in the sources").hasSizeGreaterThan(100);
        messages.keySet().removeIf(page::contains);
        assertThat(messages).as("not in %s: a message and the file it is in", PAGE).isEmpty();
    }

    private static void addMessages(Path sources, Map<String, String> messages) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
                Matcher begin = MESSAGE_BEGINS.matcher(code);
                while (begin.find()) {
                    String call = restOfCall(code, begin.end());
                    String message = longestFixedPart(call);
                    if (message.length() >= LEAST_CHARS
                            && (!begin.group().contains("IO")
                                    || FOR_OPERATORS.matcher(call).find())) {
                        messages.put(message, file.getFileName().toString());
                    }
                }
            }
        }
    }

    /** The code up to the parenthesis that closes the call. */
    private static String restOfCall(String code, int from) {
        int depth = 1;
        boolean inLiteral = false;
        int at = from;
        while (depth > 0) {
            char c = code.charAt(at++);
            if (inLiteral && c == '\\') {
                at++;
            } else if (c == '"') {
                inLiteral = !inLiteral;
            } else if (!inLiteral) {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            }
        }
        return code.substring(from, at - 1);
    }

    private static String longestFixedPart(String expression) {
        return LITERAL.matcher(JOINS_LITERALS.matcher(expression).replaceAll(""))
                .results()
                .flatMap(literal -> PLACEHOLDER.splitAsStream(literal.group(1)))
                .map(String::strip)
                .max(Comparator.comparingInt(String::length))
                .orElse("");
    }
}
