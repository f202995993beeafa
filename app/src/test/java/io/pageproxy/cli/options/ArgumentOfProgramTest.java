package io.pageproxy.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Option;

class ArgumentOfProgramTest {
    private final Dest dest = new Dest();

    private static final class Dest {
        @Option(names = "--restore-arg", preprocessor = ArgumentOfProgram.class)
        private List<String> arguments = List.of();

        @Option(names = "--tcp-established")
        private boolean connections;

        @Option(names = "--listen")
        private String listen;
    }

    private void parse(String words) {
        new CommandLine(dest).parseArgs(words.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--restore-arg --tcp-established --restore-arg --file-locks",
                "--restore-arg=--tcp-established --restore-arg=--file-locks",
                "--restore-arg --tcp-established --listen x --restore-arg=--file-locks"
            })
    void argumentsAreTakenInOrderAlsoIfWeHaveSuchAnOption(String words) {
        parse(words);
        assertThat(dest.arguments).containsExactly("--tcp-established", "--file-locks");
        assertThat(dest.connections).isFalse();
    }

    @Test
    void whatFollowsIsReadAsEver() {
        parse("--restore-arg --tcp-established --listen x");
        assertThat(dest.listen).isEqualTo("x");
    }

    @Test
    void ownOptionIsNoArgument() {
        parse("--tcp-established --restore-arg=-v4");
        assertThat(dest.arguments).containsExactly("-v4");
        assertThat(dest.connections).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--restore-arg", "--restore-arg --listen x", "--restore-arg --listen=x"})
    void missingArgumentIsAnError(String words) {
        assertThatThrownBy(() -> parse(words)).isInstanceOf(MissingParameterException.class);
    }
}
