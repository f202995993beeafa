package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code source --user} where it separates nothing. */
class ResidentUserTest {
    private static final int WRONG_USAGE = 2;

    private final StringWriter err = new StringWriter();

    private int source(String... options) {
        List<String> words = new ArrayList<>(List.of("source"));
        words.addAll(List.of("--cert", "/none/a", "--key", "/none/b", "--ca", "/none/c"));
        words.addAll(List.of(options));
        String[] args = words.toArray(String[]::new);
        CommandLine command = Main.commandLine(args);
        command.setErr(new PrintWriter(err, true));
        return Main.execute(command, args);
    }

    @ParameterizedTest
    @ValueSource(strings = {"root", "0"})
    void rootIsRefused(String user) {
        assertThat(source("--control", "unix:/none/s", "--user", user)).isEqualTo(WRONG_USAGE);
        assertThat(err.toString())
                .contains("--user " + user + " has root's rights: give another user");
    }

    @Test
    void unknownUserIsNamed() {
        assertThat(source("--control", "unix:/none/s", "--user", "nobody-at-all"))
                .isEqualTo(WRONG_USAGE);
        assertThat(err.toString()).contains("--user", "nobody-at-all");
    }

    @Test
    void userThatMayGiveJobsIsRefused() {
        assertThat(source("--control", "unix:/none/s", "--user", "65534", "--control-uid", "65534"))
                .isEqualTo(WRONG_USAGE);
        assertThat(err.toString())
                .contains("--control-uid 65534 is the user of --user", "name another");
    }

    @Test
    void itIsForResidentSourceOnly() {
        assertThat(source("--user", "65534", "--connect", "localhost:9", "--listen", "127.0.0.1:0"))
                .isEqualTo(WRONG_USAGE);
        assertThat(err.toString())
                .contains("--user is for a resident source: give --control unix:PATH");
    }
}
