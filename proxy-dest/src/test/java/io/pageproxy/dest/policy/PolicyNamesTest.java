package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DNS names that cannot match any peer are errors in a policy. */
class PolicyNamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"'*.example'", "'a b'", "straße.example", "'https://a'"})
    void invalidNameIsRejectedWithItsPosition(String name) {
        String policy = "peers:\n- {name: web, dns: [%s], sessions: [web/*]}\n".formatted(name);
        assertThatThrownBy(() -> PolicyParser.parse(policy.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(PolicyException.class)
                .hasMessageContainingAll("line 2", "peers[0]");
    }
}
