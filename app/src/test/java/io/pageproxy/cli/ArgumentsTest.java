package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

class ArgumentsTest {
    @TempDir Path dir;
    private final Run run = new Run();
    private final CommandLine root = new CommandLine(new Root()).addSubcommand(run);

    @Command(name = "root")
    static final class Root {}

    @Command(name = "run")
    static final class Run {
        @Option(names = "--connect", required = true)
        String connect;

        @Option(names = "--allow-dns")
        List<String> allowDns = List.of();

        @Option(names = "--once")
        boolean once;

        @Mixin ConfigOption config;

        @Parameters(arity = "0..*")
        List<String> dumper = List.of();
    }

    private Path config(String... lines) throws IOException {
        return Files.write(dir.resolve("dest.conf"), List.of(lines));
    }

    private void parse(Object... words) throws IOException {
        String[] texts = List.of(words).stream().map(Object::toString).toArray(String[]::new);
        root.parseArgs(Arguments.prepare(root, texts));
    }

    @Test
    void fileProvidesRequiredAndRepeatedOptions() throws IOException {
        parse(
                "run",
                "--config",
                config(
                        "# the destination",
                        "",
                        "connect = host:9999",
                        "  allow-dns=a b # no comment",
                        "allow-dns = @c=\"d\"",
                        "once = true"));
        assertThat(run.connect).isEqualTo("host:9999");
        assertThat(run.allowDns).containsExactly("a b # no comment", "@c=\"d\"");
        assertThat(run.once).isTrue();
    }

    @Test
    void commandLineOverridesFileAndReplacesRepeatedOptions() throws IOException {
        Path file = config("connect = file:1", "allow-dns = a", "allow-dns = b", "once = true");
        parse("run", "--connect=line:2", "--config=" + file, "--allow-dns", "c");
        assertThat(run.connect).isEqualTo("line:2");
        assertThat(run.allowDns).containsExactly("c");
        assertThat(run.once).isTrue();
    }

    @Test
    void falseFlagIsOmitted() throws IOException {
        parse("run", "--config", config("connect = h:1", "once = false"));
        assertThat(run.once).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "colour = red,    'colour' is no option",
        "--connect = h:2, without dashes",
        "config = other,  'config' is no option",
        "help = true,     'help' is no option",
        "once = yes,      takes true or false",
        "once,            once has no value",
        "connect =,       connect has no value",
        "connect = h:2,   connect is given twice",
        "= x,             '' is no option",
    })
    void invalidLineIsReportedWithFile(String line, String message) throws IOException {
        Path file = config("connect = h:1", "# comment", line);
        assertThatThrownBy(() -> parse("run", "--config", file))
                .isInstanceOf(ParameterException.class)
                .hasMessageContainingAll("--config " + file + ", line 3: ", message);
    }

    @Test
    void missingFileIsReported() {
        assertThatThrownBy(() -> parse("run", "--config", dir.resolve("none")))
                .isInstanceOf(IOException.class)
                .hasMessage("--config " + dir.resolve("none") + ": no such file; check the path");
    }

    @Test
    void secondConfigAndConfigWithoutFileAreRejected() throws IOException {
        Path file = config("connect = h:1");
        assertThatThrownBy(() -> parse("run", "--config", file, "--config=" + file))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("only one file");
        assertThatThrownBy(() -> parse("run", "--config"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("is missing");
    }

    @Test
    void argumentsBehindTwoDashesBelongToDumper() throws IOException {
        Path file = Files.writeString(dir.resolve("words"), "--once");
        parse("run", "--connect=h:1", "--", "criu", "--config", "x", "@" + file, "@@y");
        assertThat(run.dumper).containsExactly("criu", "--config", "x", "@" + file, "@@y");
        assertThat(run.once).isFalse();
    }

    @Test
    void atFileSupportsQuotesAndComments() throws IOException {
        Path file =
                Files.writeString(
                        dir.resolve("words"),
                        "# who may come\n--connect h:1\n--allow-dns 'a b' \"--allow-dns=c d\" # and\n--once\n");
        parse("run", "@" + file);
        assertThat(run.connect).isEqualTo("h:1");
        assertThat(run.allowDns).containsExactly("a b", "c d");
        assertThat(run.once).isTrue();
    }

    @Test
    void configInAtFileIsRejected() throws IOException {
        Path file = Files.writeString(dir.resolve("words"), "--connect h:1 --config some.conf");
        assertThatThrownBy(() -> parse("run", "@" + file))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("not into an @file");
    }

    @Test
    void commandWithoutConfigIsUnchanged() throws IOException {
        assertThat(Arguments.prepare(root, "other", "--config", "x"))
                .containsExactly("other", "--config", "x");
        assertThat(Arguments.prepare(root)).isEmpty();
    }
}
