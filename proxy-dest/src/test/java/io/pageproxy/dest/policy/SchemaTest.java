package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Compares our validation with that of an established JSON schema validator. */
class SchemaTest {
    private static final String TEXT = text();
    private static final com.networknt.schema.Schema REFERENCE =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(TEXT, InputFormat.JSON);

    private static final Schema OURS = Schema.ofPolicies();

    private static String text() {
        try (InputStream in = Schema.class.getResourceAsStream("policy.schema.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Combines every key with every value, of which some are valid and most are not. */
    private static List<String> policies() {
        List<String> keys =
                List.of(
                        "name",
                        "dns",
                        "uri",
                        "cn",
                        "fingerprint",
                        "sessions",
                        "max-session-bytes",
                        "max-session-images",
                        "max-day-bytes",
                        "max-sessions",
                        "page-server-args",
                        "lazy",
                        "restore",
                        "containers",
                        "restore-user",
                        "other");
        List<String> values =
                List.of(
                        "null",
                        "true",
                        "false",
                        "0",
                        "1",
                        "-1",
                        "1.5",
                        "1000000",
                        "1000001",
                        "99999999999999999999",
                        "\"\"",
                        "\"a\"",
                        "\"a b\"",
                        "\" a\"",
                        "\"a*\"",
                        "\"a\\n\"",
                        "\"\u00e9\"",
                        "\"64G\"",
                        "\"64GiB\"",
                        "\"0\"",
                        "\"1e3\"",
                        "\"" + "x".repeat(101) + "\"",
                        "[]",
                        "[1]",
                        "[null]",
                        "[\"\"]",
                        "[\"a\"]",
                        "[\"a\", 2]",
                        "[\"a\\u2003\"]",
                        "[\"a\\n\"]",
                        "[\".\"]",
                        "[\"**\"]",
                        "[\"***\"]",
                        "[\"a/**/b*c\"]",
                        "[\"a**\"]",
                        "[\"/a\"]",
                        "[\"a/\"]",
                        "[\"../a\"]",
                        "[\"" + "ab".repeat(32) + "\"]",
                        "[\"" + "ab:".repeat(31) + "ab\"]",
                        "[\"" + "ab:".repeat(32) + "\"]",
                        "[[]]",
                        "{}",
                        "{\"a\": 1}");
        List<String> policies = new ArrayList<>();
        for (String value : values) {
            policies.add(value);
            policies.add("{\"peers\": " + value + "}");
            policies.add("{\"peers\": [" + value + "]}");
            for (String key : keys) {
                String entry = "\"" + key + "\": " + value;
                String who = key.equals("dns") ? "" : "\"dns\": [\"d\"], ";
                String sessions = key.equals("sessions") ? "" : "\"sessions\": [\"s\"], ";
                policies.add("{\"peers\": [{" + entry + "}]}");
                policies.add("{\"peers\": [{" + who + sessions + entry + "}]}");
                policies.add("{\"peers\": [{" + sessions + entry + "}]}");
            }
        }
        return policies;
    }

    private static boolean fits(String policy) throws PolicyException {
        YamlNode node = YamlReader.read(policy);
        try {
            OURS.check(node);
            return true;
        } catch (PolicyException e) {
            return false;
        }
    }

    @Test
    void verdictsMatchReferenceValidator() throws PolicyException {
        int fit = 0;
        for (String policy : policies()) {
            boolean fits = REFERENCE.validate(policy, InputFormat.JSON).isEmpty();
            assertThat(fits(policy)).as(policy).isEqualTo(fits);
            fit += fits ? 1 : 0;
        }
        assertThat(fit).isBetween(40, 400);
    }

    @Test
    void parsedPoliciesAreValidBySchema() throws PolicyException {
        for (String policy : policies()) {
            if (isAccepted(policy)) {
                assertThat(fits(policy)).as(policy).isTrue();
            }
        }
    }

    private static boolean isAccepted(String policy) {
        try {
            PolicyParser.parse(policy.getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (PolicyException e) {
            return false;
        }
    }

    @Test
    void patternsAreAnchoredAtBothEnds() {
        Matcher patterns = Pattern.compile("\"pattern\": \"(.*)\"").matcher(TEXT);
        assertThat(patterns.results().map(found -> found.group(1)).toList())
                .hasSizeGreaterThan(4)
                .allMatch(pattern -> pattern.startsWith("^") && pattern.endsWith("$"));
    }

    @Test
    void unsupportedKeywordIsRejected() throws PolicyException {
        YamlNode.Mapping schema = (YamlNode.Mapping) YamlReader.read("{oneOf: []}");
        assertThatThrownBy(() -> new Schema(schema).check(schema))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("oneOf");
    }
}
