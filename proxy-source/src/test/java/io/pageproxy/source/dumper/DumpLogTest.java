package io.pageproxy.source.dumper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpLogTest {
    @TempDir Path folder;

    private DumpLog log(String options) {
        String command = "criu dump -t 1 " + options.replace("DIR", folder.toString());
        return DumpLog.of(List.of(command.split(" ")), Path.of(""));
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-D DIR -o a.log",
                "-DDIR -oa.log",
                "--images-dir DIR --log-file a.log",
                "--images-dir=DIR --log-file=a.log",
                "-o a.log -W DIR -D /elsewhere",
                "--work-dir=DIR -o a.log",
                "-o DIR/a.log -D /elsewhere",
                "-o b.log -o a.log -D DIR"
            })
    void logIsFoundByTheOptionsOfTheCommand(String options) throws IOException {
        DumpLog log = log(options);
        write("a.log", "Error (x.c:1): no");
        assertThat(log.tail()).hasValue("Error (x.c:1): no");
    }

    @Test
    void logOfAnEarlierDumpIsNotTaken() throws IOException {
        Path file = write("a.log", "Error (x.c:1): old");
        DumpLog log = log("-D DIR -o a.log");
        assertThat(log.tail()).isEmpty();
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThat(log.tail()).isPresent();
    }

    @Test
    void onlyErrorsAreShownIfThereAreAny() throws IOException {
        DumpLog log = log("-D DIR -o a.log");
        write(
                "a.log",
                "(00.1) Dumping\n(00.2) Error (a.c:1): one\nWarn  (b.c:2): w\nError (c.c:3): two");
        assertThat(log.tail().get().lines())
                .containsExactly("(00.2) Error (a.c:1): one", "Error (c.c:3): two");
    }

    @Test
    void longLogIsCutToItsEnd() throws IOException {
        DumpLog log = log("-D DIR -o a.log");
        String lines =
                String.join(
                        "\n",
                        Stream.iterate(1, i -> i + 1).limit(50_000).map(i -> "line " + i).toList());
        write("a.log", lines);
        assertThat(log.tail().get().lines()).hasSize(12).endsWith("line 50000");
    }

    @Test
    void thereIsNoLogWithoutTheOptionOrThroughALink() throws IOException {
        write("a.log", "Error (x.c:1): no");
        assertThat(log("-D DIR").tail()).isEmpty();
        DumpLog log = log("-D DIR -o link.log");
        Files.createSymbolicLink(folder.resolve("link.log"), folder.resolve("a.log"));
        assertThat(log.tail()).isEmpty();
    }
}
