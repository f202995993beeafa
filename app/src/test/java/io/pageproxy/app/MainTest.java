package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine command = Main.commandLine();
        return command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("pageproxy \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void noCommandIsWrongUsageAndNamesTheHelp() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing", "See pageproxy --help");
    }

    @Test
    void unknownOptionIsWrongUsageAndIsNamed() {
        assertThat(run("--no-such-option")).isEqualTo(2);
        assertThat(err.toString()).contains("--no-such-option", "See pageproxy --help");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void completionScriptIsForBash() {
        assertThat(run("generate-completion")).isZero();
        assertThat(out.toString()).contains("complete -F _complete_pageproxy");
    }
}
