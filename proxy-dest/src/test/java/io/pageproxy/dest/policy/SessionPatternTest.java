package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.session.SessionName;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionPatternTest {
    @ParameterizedTest
    @CsvSource({
        "web, web, true",
        "web, web1, false",
        "web, web/1, false",
        "web/*, web/1, true",
        "web/*, web, false",
        "web/*, web/1/2, false",
        "web/*, webs/1, false",
        "web-*, web-1, true",
        "web-*, web-, true",
        "web-*, web-1/2, false",
        "*b*c, abbc, true",
        "*b*c, abbcd, false",
        "*b*c, bc, true",
        "*-v*, a-v1-v, true",
        "*, web, true",
        "*, web/1, false",
        "**, web, true",
        "**, web/1/2, true",
        "web/**, web, false",
        "web/**, web/1, true",
        "web/**, web/1/2/3, true",
        "web/**, other/1, false",
        "**/1, web/1, true",
        "**/1, 1, false",
        "**/1, web/1/2, false",
        "a/**/z, a/z, false",
        "a/**/z, a/b/z, true",
        "a/**/z, a/b/c/z, true",
        "**/b/**, a/b/c, true",
        "**/b/**, a/b, false",
        "**/**, a, false",
        "**/**, a/b, true",
        "., web, false",
    })
    void patternMatchesOnlyWholeNames(String pattern, String session, boolean matches) {
        assertThat(new SessionPattern(pattern).matches(Optional.of(new SessionName(session))))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"., true", "*, false", "**, false", "web, false"})
    void onlyDotMatchesSessionWithoutName(String pattern, boolean matches) {
        assertThat(new SessionPattern(pattern).matches(Optional.empty())).isEqualTo(matches);
    }

    @Test
    @Timeout(5)
    void manyStarsMatchQuickly() {
        String pattern = ("*a".repeat(30) + "b/").repeat(4) + "**/".repeat(3) + "z";
        String segment = "a".repeat(60);
        SessionName name = new SessionName((segment + "/").repeat(3) + segment);
        assertThat(new SessionPattern(pattern).matches(Optional.of(name))).isFalse();
    }
}
