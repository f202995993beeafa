package io.pageproxy.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordTest {
    @Test
    void pathWithoutSpecialCharactersStaysAsItIs() {
        assertThat(ShellWord.of("/srv/images/web-1_a.b")).isEqualTo("/srv/images/web-1_a.b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/srv/my images", "it's", "$(id)`id`\"\\", "a;b&c|d<e>f*g?", "~"})
    void shellReadsTheSameWord(String word) throws IOException {
        Process shell = new ProcessBuilder("sh", "-c", "printf %s " + ShellWord.of(word)).start();

        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(word);
    }
}
