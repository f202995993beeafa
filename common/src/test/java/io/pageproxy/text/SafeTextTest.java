package io.pageproxy.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"web-1.example", "Zürich – Österreich", "東京", "مرحبا", "файл", "🚀 rocket"})
    void textOfEveryScriptIsKept(String text) {
        assertThat(SafeText.line(text)).isSameAs(text);
        assertThat(SafeText.lines(text)).isSameAs(text);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, 8, 0x1b, 0x7f, 0x9b, 0xad, 0x200b, 0x200e, 0x202e, 0x2066, 0xfeff, 0xd800,
                0xdfff, 0xffff, 0xe0041, 0x10ffff
            })
    void controlFormatAndUnpairedSurrogateCharactersAreReplaced(int codePoint) {
        String text = "a" + new String(Character.toChars(codePoint)) + "b";

        assertThat(SafeText.line(text)).isEqualTo("a?b");
        assertThat(SafeText.lines(text)).isEqualTo("a?b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\t", "\n", "\r", "\f", "\u000b", "\u0085", "\u2028", "\u2029", "\u2003", "\u00a0"
            })
    void lineBreaksTabsAndOtherSpacesBecomeSpaces(String separator) {
        assertThat(SafeText.line("a" + separator + "b")).isEqualTo("a b");
    }

    @Test
    void lineFeedsAreKeptByLines() {
        assertThat(SafeText.lines("one\r\ntwo\n\u001b[31mthree")).isEqualTo("one\ntwo\n?[31mthree");
    }

    @Test
    void longTextIsCutAndItsLengthAppended() {
        String abridged = SafeText.abridged("x".repeat(5000), 100);

        assertThat(abridged).hasSize(100).endsWith("x... (5000 characters)");
        assertThat(SafeText.abridged(abridged, 100)).isEqualTo(abridged);
    }

    @ParameterizedTest
    @CsvSource({"100", "101"})
    void cutNeverSplitsACharacter(int maxChars) {
        String abridged = SafeText.abridged("🚀".repeat(100), maxChars);

        assertThat(abridged).doesNotContain("?").contains("🚀... (200 characters)");
        assertThat(abridged.length()).isLessThanOrEqualTo(maxChars);
    }

    @Test
    void fittingNamesAreAllShown() {
        assertThat(SafeText.names(List.of("a.example", "b.example")))
                .isEqualTo("[a.example, b.example]");
        assertThat(SafeText.names(List.of())).isEqualTo("[]");
    }

    @Test
    void excessNamesAreCounted() {
        List<String> names =
                IntStream.range(0, 5000).mapToObj(i -> "host-" + i + ".example").toList();

        assertThat(SafeText.names(names))
                .startsWith("[host-0.example, host-1.example, ")
                .matches(".* and \\d+ more]")
                .hasSizeLessThan(SafeText.MAX_NAME_CHARS + 20);
    }

    @Test
    void singleLongNameIsShown() {
        assertThat(SafeText.names(List.of("n".repeat(10_000), "m")))
                .hasSizeLessThan(SafeText.MAX_NAME_CHARS + 20)
                .endsWith("n... (10000 characters) and 1 more]");
    }

    @Test
    void lastLinesAreShownAndShortened() {
        String text = String.join("\n", Collections.nCopies(2000, "y".repeat(500)));

        assertThat(SafeText.lastLines(text, 3, 60).lines())
                .hasSize(4)
                .startsWith("(1997 lines before)")
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(60));
    }

    @Test
    void fewLinesAreShownUnchanged() {
        assertThat(SafeText.lastLines("one\ntwo", 3, 60)).isEqualTo("one\ntwo");
    }
}
