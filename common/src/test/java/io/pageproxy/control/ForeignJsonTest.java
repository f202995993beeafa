package io.pageproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignJsonTest {
    @Test
    void objectIsWrittenAgainOnOneLine() throws IOException {
        assertThat(ForeignJson.object(" {\"a\" : [1, -2.50, true, null],\n \"b\":{\"c\":\"d\"}} "))
                .isEqualTo("{\"a\":[1,-2.50,true,null],\"b\":{\"c\":\"d\"}}");
    }

    @Test
    void textsAndNamesAreMadeSafe() throws IOException {
        assertThat(ForeignJson.object("{\"a\\u001b\":\"b\\u001b[31m\\u202e\\nc\"}"))
                .isEqualTo("{\"a?\":\"b?[31m?\\nc\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[]",
                "{",
                "{\"a\":1",
                "{\"a\":}",
                "{}{}",
                "{} 1",
                "{\"a\":[[[[[[[[1]]]]]]]]}",
                "{\"a\":11111111111111111111111111111111111111111}"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> ForeignJson.object(text)).isInstanceOf(IOException.class);
    }
}
