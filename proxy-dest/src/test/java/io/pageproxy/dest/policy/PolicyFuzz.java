package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary bytes as a policy file. */
class PolicyFuzz {
    private static final String GOOD =
            """
            peers:
              - name: web hosts
                dns: [web1.example, web2.example]
                sessions: ["web/*", "shop/**", "."]
                max-session-bytes: 64G
                max-day-bytes: 1T
                max-sessions: 4
                page-server-args: [--auto-dedup]
                lazy: false
                restore: true
              - uri: ["spiffe://example.org/shop"]
                sessions: [shop]
            """;

    static Stream<Arguments> seeds() {
        return Stream.of(
                        GOOD,
                        GOOD.replace("name:", "nmae:"),
                        GOOD.replace("4", "-4"),
                        "peers: []",
                        "peers: &a [*a]",
                        "? {a: [b, \"\\u0007\"]}\n: !!int 7",
                        "? {a: [b, \"\\u",
                        "--- |\n  text\n---\n")
                .map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("seeds")
    @FuzzTest
    void anyFileIsAPolicyOrRefusedWithLineAndColumn(byte[] file) {
        try {
            Policy policy = PolicyParser.parse(file);
            assertThat(policy.peers()).isNotEmpty();
            assertThat(policy.names()).noneMatch(String::isBlank);
            assertThat(PolicyParser.parse(file)).hasToString(policy.toString());
        } catch (PolicyException refused) {
            assertThat(refused.getMessage())
                    .matches("line [1-9]\\d*, column [1-9]\\d*: [^\\p{Cc}]+");
        }
    }
}
