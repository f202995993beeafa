package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Loads the script of {@code generate-completion} into a bash and asks it as the Tab key does. */
class CompletionTest {
    @TempDir private Path dir;
    private Path script;

    @BeforeEach
    void generate() throws IOException {
        StringWriter out = new StringWriter();
        CommandLine command = Main.commandLine("generate-completion");
        command.setOut(new PrintWriter(out, true));
        assertThat(Main.execute(command, "generate-completion")).isZero();
        script = Files.writeString(dir.resolve("completion"), out.toString());
    }

    @Test
    void everyCommandIsOffered() throws Exception {
        assertThat(complete("")).containsAll(Main.commandLine().getSubcommands().keySet());
        assertThat(complete("certs", "")).contains("init", "issue", "revoke", "show");
    }

    static Stream<CommandLine> commands() {
        return descendants(Main.commandLine());
    }

    private static Stream<CommandLine> descendants(CommandLine command) {
        return command.getSubcommands().values().stream()
                .flatMap(sub -> Stream.concat(Stream.of(sub), descendants(sub)));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOptionIsOffered(CommandLine command) throws Exception {
        List<String> words =
                new ArrayList<>(List.of(command.getCommandSpec().qualifiedName().split(" ")));
        words.remove(0);
        words.add("--");
        List<String> options =
                command.getCommandSpec().options().stream()
                        .map(option -> option.longestName())
                        .toList();
        assertThat(complete(words.toArray(String[]::new))).containsAll(options);
    }

    @ParameterizedTest
    @CsvSource({
        "source --codec,        auto none lz4 zstd",
        "bench --content,       mixed random zero all",
        "dest --on-revocation,  finish abort",
        "dest --log-format,     text json",
        "dest --log-level,      error warn info debug trace"
    })
    void wordsOfOptionAreOffered(String line, String words) throws Exception {
        assertThat(complete((line + " ").split(" ", -1)))
                .containsExactlyInAnyOrder(words.split(" "));
    }

    @Test
    void filesAreOfferedForOptionsThatTakeFiles() throws Exception {
        Files.createFile(dir.resolve("source.pem"));
        assertThat(complete("source", "--cert", dir + "/sou")).containsExactly(dir + "/source.pem");
    }

    /** Returns what bash offers for the last word. */
    private List<String> complete(String... words) throws IOException, InterruptedException {
        List<String> bash =
                new ArrayList<>(
                        List.of(
                                "bash",
                                "--norc",
                                "-c",
                                "source \"$0\"; compopt() { :; }; COMP_WORDS=(pageproxy \"$@\"); COMP_CWORD=$#;"
                                        + " _complete_pageproxy;"
                                        + " printf '%s\\n' \"${COMPREPLY[@]}\"",
                                script.toString()));
        bash.addAll(List.of(words));
        Process process = new ProcessBuilder(bash).redirectError(Redirect.INHERIT).start();
        String offered =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(offered).isZero();
        return offered.lines().map(String::strip).toList();
    }
}
