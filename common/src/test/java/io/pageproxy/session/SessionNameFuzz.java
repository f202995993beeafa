package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary session names of a peer. */
class SessionNameFuzz {
    private static final Path IMAGES_DIR = Path.of("/srv/images");

    static Stream<Arguments> seeds() {
        return Stream.of("web", "web/2", "a.b_c-d/E9", "../etc", "parent", "x.img", "a//b", "é")
                .map(name -> Arguments.of((Object) name.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("seeds")
    @FuzzTest
    void acceptedNameIsAPathBelowTheImagesDir(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        SessionName name;
        try {
            name = new SessionName(text);
        } catch (SessionException refused) {
            assertThat(refused.reason()).isEqualTo(CloseReason.SESSION_INVALID);
            assertThat(refused.getMessage())
                    .matches("[^\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]*")
                    .hasSizeLessThan(400);
            return;
        }
        Path folder = IMAGES_DIR.resolve(name.value());
        assertThat(folder.normalize()).isEqualTo(folder).startsWithRaw(IMAGES_DIR);
        assertThat(folder.getNameCount() - IMAGES_DIR.getNameCount())
                .isEqualTo(name.segments().size())
                .isBetween(1, SessionName.MAX_SEGMENTS);
        assertThat(name.segments())
                .noneMatch(segment -> segment.startsWith("."))
                .noneMatch(segment -> segment.matches(".*\\.(img|log|pid|socket)"))
                .doesNotContain("parent", "stats-dump", "stats-restore");
        assertThat(name.value()).matches("[!-~]+").hasSizeLessThanOrEqualTo(SessionName.MAX_CHARS);
    }
}
