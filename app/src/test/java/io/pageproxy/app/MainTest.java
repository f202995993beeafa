package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return Main.execute(command, args);
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

    @Test
    void configFileGivesDestItsRequiredOptions(@TempDir Path dir) throws IOException {
        Path config =
                Files.writeString(
                        dir.resolve("dest.conf"),
                        "listen = 127.0.0.1:0\nimages-dir = %s\ncert = %s\nkey = k\nca = c\nallow-any = true\n"
                                .formatted(dir, dir.resolve("no.pem")));
        assertThat(run("dest", "--config", config.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("--cert " + dir.resolve("no.pem") + ": no such file");
    }

    @Test
    void wordThatNoOptionOfSourceTakesIsNamedWithItsLine(@TempDir Path dir) throws IOException {
        Path config = Files.writeString(dir.resolve("s.conf"), "connect = h:1\nlistn = :0\n");
        assertThat(run("source", "--config", config.toString())).isEqualTo(2);
        assertThat(err.toString())
                .contains("--config " + config + ", line 2: 'listn' is no option")
                .contains("See pageproxy source --help");
    }

    @Test
    void configFileThatIsMissingIsAFailureHere() {
        assertThat(run("dest", "--config", "/no/dest.conf")).isEqualTo(1);
        assertThat(err.toString()).contains("--config /no/dest.conf: no such file");
    }
}
