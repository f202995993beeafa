package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine command = Main.commandLine(args);
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return Main.execute(command, args);
    }

    @Test
    void versionMatchesBuild() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("pageproxy \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void missingCommandIsUsageErrorThatNamesHelp() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing", "See pageproxy --help");
    }

    @Test
    void unknownOptionIsUsageErrorThatNamesIt() {
        assertThat(run("--no-such-option")).isEqualTo(2);
        assertThat(err.toString()).contains("--no-such-option", "See pageproxy --help");
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "dest", "certs", "certs issue", "help", "generate-completion"})
    void helpCommandPrintsHelpOfCommand(String command) {
        assertThat(run(("help " + command).strip().split(" "))).isZero();
        String helped = out.toString();
        out.getBuffer().setLength(0);
        assertThat(run((command + " --help").strip().split(" "))).isZero();
        assertThat(helped).isEqualTo(out.toString()).contains("Usage: pageproxy " + command);
    }

    @Test
    void helpOfUnknownCommandIsUsageErrorThatNamesItsParent() {
        assertThat(run("help", "certs", "isue")).isEqualTo(2);
        assertThat(err.toString())
                .contains("'isue' is no command of pageproxy certs", "See pageproxy certs --help");
    }

    /** A list of commands shows the first element of a description. */
    @Test
    void firstElementOfEachDescriptionIsWholeSentence() {
        assertThat(descendants(Main.commandLine()))
                .hasSizeGreaterThan(10)
                .allSatisfy(
                        command ->
                                assertThat(command.usageMessage().description()[0])
                                        .as(command.qualifiedName())
                                        .matches("[A-Z].*\\."));
    }

    private static List<CommandSpec> descendants(CommandLine command) {
        return command.getSubcommands().values().stream()
                .flatMap(
                        sub ->
                                Stream.concat(
                                        Stream.of(sub.getCommandSpec()), descendants(sub).stream()))
                .toList();
    }

    @Test
    void configFileProvidesRequiredOptions(@TempDir Path dir) throws IOException {
        Path config =
                Files.writeString(
                        dir.resolve("dest.conf"),
                        "listen = 127.0.0.1:0\nimages-dir = %s\ncert = c\nkey = k\nca = %s\nallow-any = true\n"
                                .formatted(dir, dir.resolve("no.pem")));
        assertThat(run("dest", "--config", config.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("--ca " + dir.resolve("no.pem") + ": no such file");
    }

    @Test
    void unusedWordInConfigFileIsReportedWithItsLine(@TempDir Path dir) throws IOException {
        Path config = Files.writeString(dir.resolve("s.conf"), "connect = h:1\nlistn = :0\n");
        assertThat(run("source", "--config", config.toString())).isEqualTo(2);
        assertThat(err.toString())
                .contains("--config " + config + ", line 2: 'listn' is no option")
                .contains("See pageproxy source --help");
    }

    @Test
    void missingConfigFileIsLocalFailure() {
        assertThat(run("dest", "--config", "/no/dest.conf")).isEqualTo(1);
        assertThat(err.toString()).contains("--config /no/dest.conf: no such file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--connect host --listen 127.0.0.1:0     | '--connect': 'host' is not HOST:PORT",
                "--connect :9 --listen 127.0.0.1:0       | --connect :9 names no destination",
                "--connect h:1 --listen 127.0.0.1:0 --parent {last} | --parent {last} is for several",
                "--connect h:1 --listen 127.0.0.1:0 --max-sessions 0 | --max-sessions 0 is not from 1 to 64",
                "--connect h:1 --listen 127.0.0.1:0 --max-sessions 2 | --max-sessions 2: give --listen, and --session",
                "--connect h:1 --listen 127.0.0.1:0 --session {n} --max-sessions 2 --once | --max-sessions 2 excludes --once",
                "--connect h:1 --listen 127.0.0.1:0 --page-window 5 | '5' is not a size from 1M",
                "--connect h:0 --listen 127.0.0.1:0      | --connect h:0 names no destination",
                "--connect unix: -- criu                 | 'unix:': the path has 0 bytes",
                "--connect unix:/s -- criu               | --connect unix:/s has no host name",
                "--connect unix:/s --lazy                | give --verify-name NAME, or one of --allow-dns",
                "--connect h:1 --lazy --lazy-pages 127.0.0.1:1 --dumper-idle-timeout 5m | --lazy takes neither --listen",
                "--connect h:1 --dumper-idle-timeout 5m -- criu | --dumper-idle-timeout is for a dumper that connects",
                "--listen 127.0.0.1:0                    | '--connect=HOST:PORT'",
                "--connect h:1                           | neither --listen ADDR:PORT",
                "--connect h:1 --listen 0.0.0.0:1        | --listen 0.0.0.0:1 is not a loopback",
                "--connect h:1 --listen :0 -- criu       | exclude each other",
                "--connect h:1 --session ../x -- criu    | --session: session name '../x'",
                "--connect h:1 --parent a//b -- criu     | --parent: session name 'a//b'",
                "--connect h:1 --codec gzip -- criu      | '--codec': expected one of",
                "--connect h:1 --lanes 17 -- criu        | '--lanes': '17' is not a number from 1 to 16, nor auto",
                "--connect h:1 --lanes 0 -- criu         | '--lanes': '0' is not",
                "--connect h:1 --lanes many -- criu      | '--lanes': 'many' is not",
                "--connect h:1 --peer-timeout 5x -- criu | '5x' is not a time such as",
                "--connect h:1 -- criu dump --tls        | leave out --tls",
                "--connect h:1 criu dump -t 5            | goes behind --",
                "--connect h:1 criu                      | 'criu' is no option; a command to start",
                "--connect h:1 --listn 127.0.0.1:0       | Possible solutions: --listen",
            })
    void usageErrorOfSourceNamesFlagValueAndRemedy(String line, String message) {
        assertThat(run(("source --cert c --key k --ca a " + line).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message, "See pageproxy source --help");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--listen 127.0.0.1 --allow-any             | '--listen': '127.0.0.1' is not",
                "--listen :0                                | nobody is allowed",
                "--listen unix: --allow-any                 | 'unix:': the path has 0 bytes",
                "--listen :0 --allow-any --listen-uid 0     | --listen-uid is for --listen unix:PATH",
                "--listen :0 --allow-any --allow-cn x       | leave out one",
                "--listen :0 --allow-fingerprint abc        | --allow-fingerprint abc: not a",
                "--listen :0 --allow-any --max-sessions 0   | --max-sessions 0 is less than 1",
                "--listen :0 --allow-any --max-sessions two | '--max-sessions': 'two'",
                "--listen :0 --allow-any --max-lanes 0      | --max-lanes 0 is not from 1 to 16",
                "--listen :0 --allow-any --max-lanes 17     | --max-lanes 17 is not from 1 to 16",
                "--listen :0 --allow-any --max-session-images 0    | --max-session-images 0 is not from 1 to 1000000",
                "--listen :0 --allow-any --max-session-bytes 10X   | '10X' is not a size",
                "--listen :0 --allow-any --page-server-arg --port=3 | leave it out",
                "--listen :0 --allow-any --log-level loud   | '--log-level': expected one of",
                "--listen :0 --allow-any extra              | 'extra'",
                "--listen :0 --allow-any --policy p         | --policy p says who is allowed, so --allow-*",
                "--listen :0 --allow-cn x --policy p        | leave out one or the other",
                "--listen :0 --allow-any --page-server-arg=--images | pageproxy sets --images-dir itself",
            })
    void usageErrorOfDestNamesFlagValueAndRemedy(String line, String message) {
        String common = "dest --cert c --key k --ca a --images-dir /tmp ";
        assertThat(run((common + line).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message, "See pageproxy dest --help");
    }

    @Test
    void invalidPolicyIsUsageErrorAndMissingPolicyIsLocalFailure(@TempDir Path dir)
            throws IOException {
        String common = "dest --cert c --key k --ca a --images-dir /tmp --listen :0 --policy ";
        Path policy = Files.writeString(dir.resolve("policy"), "peers: []");
        assertThat(run((common + policy).split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .contains("--policy " + policy + ", line 1, column 8: peers: the list is empty")
                .contains("See pageproxy dest --help");
        assertThat(run((common + "/no/policy").split(" "))).isEqualTo(1);
        assertThat(err.toString()).contains("--policy /no/policy: no such file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--size 1K        | --size of 1024 bytes is not from 1M to 1T",
                "--size 2T        | is not from 1M to 1T",
                "--size much      | '--size': 'much' is not a size such as 512M",
                "--runs 0         | --runs 0 is not from 1 to 1000",
                "--runs few       | '--runs': 'few' is not an int",
                "--codec lz4,gzip | '--codec' (LIST): expected one of [AUTO, NONE, LZ4, ZSTD]",
                "--lanes 1,17     | --lanes 17 is not from 1 to 16",
                "--lanes 1,two    | '--lanes' (LIST): 'two' is not an int",
                "--content text   | --content text is not one of mixed, random, zero, all",
                "--json /tmp      | --json /tmp is a folder: name a file",
                "--json /no/x     | --json /no/x: there is no folder /no",
                "extra            | 'extra'",
            })
    void usageErrorOfBenchNamesFlagValueAndRemedy(String line, String message) {
        assertThat(run(("bench " + line).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message, "See pageproxy bench --help");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--shell-job                | Unknown option: '--shell-job'",
                "--lazy --tcp-established   | --lazy and --tcp-established exclude each other",
                "dump                       | 'dump' is no option; a command to start",
                "-- --leave-running         | keep the tasks here while they run at the destination",
                "-- --prev-images-dir x     | pageproxy sets it itself; leave it out",
                "--lazy --no-restore        | --lazy (and --on-no-convergence lazy) and --no-restore exclude",
                "--max-downtime 1s --on-no-convergence lazy --no-restore --session a | and --no-restore exclude",
                "--max-downtime 1s --on-no-convergence lazy --tcp-established --session a | --tcp-established exclude",
                "--lazy --rounds 2          | --rounds and --max-downtime need --session NAME",
                "--lazy --max-downtime 1s --session a | --lazy and --max-downtime exclude each other",
                "--session a//b             | --session: session name 'a//b'",
                "--rounds 0                 | '--rounds': '0' is not a number from 1 to 32, nor auto",
                "--rounds many              | '--rounds': 'many' is not",
                "--rounds 2                 | --rounds and --max-downtime need --session NAME",
                "--max-downtime 1s          | --rounds and --max-downtime need --session NAME",
                "--max-downtime 0           | '0' is not a time from 1ms to 24h",
                "--max-downtime soon        | 'soon' is not a time such as 500ms",
                "--max-downtime 1s --rounds 2 | --max-downtime and --rounds exclude each other",
                "--max-downtime 1s --max-rounds 0 | --max-rounds: '0' is not a number from 1 to 32",
                "--max-downtime 1s --max-rounds 33 | --max-rounds: '33' is not a number from 1 to 32",
                "--max-rounds 3             | are for --max-downtime TIME: give that too",
                "--auto-converge            | are for --max-downtime TIME: give that too",
                "--on-no-convergence stop   | are for --max-downtime TIME: give that too",
                "--max-downtime 1s --on-no-convergence hope | expected one of [ABORT, STOP, LAZY]",
                "--rounds auto --session .. | --session: session name '..-8'",
            })
    void usageErrorOfMigrateNamesFlagValueAndRemedy(String line, String message) {
        String common = "migrate --connect h:1 --cert c --key k --ca a --pid ";
        String self = ProcessHandle.current().pid() + " ";
        assertThat(run((common + self + line).split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message, "See pageproxy migrate --help");
    }

    @Test
    void migrateToUnixSocketRequiresPeerIdentity() {
        String line = "migrate --connect unix:/s --cert c --key k --ca a --pid 1";
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .contains("--connect unix:/s has no host name", "give --verify-name NAME");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "bench", "certs", "certs init", "check", "dest", "migrate", "source"})
    void helpFitsIntoEightyColumns(String command) {
        assertThat(run((command + " --help").strip().split(" "))).isZero();
        assertThat(out.toString().lines()).allSatisfy(l -> assertThat(l).hasSizeLessThan(81));
    }

    @Test
    void subcommandsAreFoundByTheNamesThatTheyHave() {
        assertThat(Main.commandLine().getSubcommands())
                .allSatisfy(
                        (name, command) ->
                                assertThat(
                                                command.getCommandSpec()
                                                        .userObject()
                                                        .getClass()
                                                        .getAnnotation(CommandLine.Command.class)
                                                        .name())
                                        .isEqualTo(name));
    }
}
