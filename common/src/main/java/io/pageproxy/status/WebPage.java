package io.pageproxy.status;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page for people: one file without outside resources, which asks for the JSON of this server.
 *
 * @param html the page
 * @param policy its Content-Security-Policy: only the page's own script and style by their hashes,
 *     and requests to where it came from
 */
record WebPage(String html, String policy) {
    /** The policy of answers that are not web pages. */
    static final String NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

    private static final String RESOURCE = "page.html";

    /** Reads the page; done at the start, since the installation may be replaced later. */
    static WebPage load() {
        try (InputStream in = WebPage.class.getResourceAsStream(RESOURCE)) {
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static WebPage of(String html) {
        return new WebPage(
                html,
                "default-src 'none'; script-src "
                        + hash(html, "script")
                        + "; style-src "
                        + hash(html, "style")
                        + "; connect-src 'self'; img-src data:; base-uri 'none';"
                        + " form-action 'none'; frame-ancestors 'none'");
    }

    /** The source expression of the page's only element of a kind. */
    private static String hash(String html, String element) {
        Matcher found =
                Pattern.compile("<" + element + ">(.*?)</" + element + ">", Pattern.DOTALL)
                        .matcher(html);
        if (!found.find()) {
            throw new IllegalStateException(RESOURCE + " has no " + element);
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(found.group(1).getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
