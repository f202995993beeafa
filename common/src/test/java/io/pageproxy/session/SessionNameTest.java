package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionNameTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"web", "web/2", "0", "a.b_c-d/E9", "1/2/3/4/5/6/7/8", "parents", "a..b"})
    void validNameIsKept(String name) {
        assertThat(new SessionName(name)).hasToString(name);
    }

    @Test
    void segmentsAreOrderedOutermostFirst() {
        assertThat(new SessionName("web/front/2").segments()).containsExactly("web", "front", "2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc",
                "web/",
                "web//2",
                ".",
                "..",
                "../x",
                "web/../../etc",
                ".hidden",
                "web/.incomplete",
                "-D",
                "a b",
                "a\u0000b",
                "a\nb",
                "a\n",
                "a\\b",
                "caf\u00e9",
                "1/2/3/4/5/6/7/8/9",
                "parent",
                "web/parent",
                "pages-1.img",
                "web/page-server.log",
                "vlog/restore.log",
                "restore.pid",
                "web/lazy-pages.socket",
                "web/stats-dump",
                "stats-restore",
            })
    void unsafeNameIsRejected(String name) {
        assertThat(refusal(name).reason()).isEqualTo(CloseReason.SESSION_INVALID);
    }

    @Test
    void maximumLengthsAreAcceptedAndExceedingThemIsRejected() {
        String segment = "x".repeat(64);
        String longest = String.join("/", segment, segment, segment, "y".repeat(60));
        assertThat(new SessionName(longest).value()).hasSize(SessionName.MAX_CHARS);
        assertThat(refusal(longest + "y")).hasMessageContaining("256 characters");
        assertThat(refusal(segment + "x")).hasMessageContaining("up to 63");
    }

    @Test
    void errorMessageIsSanitisedAndBounded() {
        String message = refusal("\u001b[2J" + "\u202e" + "z".repeat(5000)).getMessage();
        assertThat(message).matches("[ -~]+").hasSizeLessThan(350);
    }

    private static SessionException refusal(String name) {
        SessionException refusal =
                catchThrowableOfType(SessionException.class, () -> new SessionName(name));
        assertThat(refusal).isNotNull();
        return refusal;
    }
}
