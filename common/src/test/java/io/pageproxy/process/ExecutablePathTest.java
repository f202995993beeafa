package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutablePathTest {
    @TempDir Path root;
    private Path first;
    private Path second;
    private ExecutablePath path;

    @BeforeEach
    void makeFolders() throws IOException {
        first = Files.createDirectory(root.resolve("first"));
        second = Files.createDirectory(root.resolve("second"));
        path = new ExecutablePath(first + "::" + second);
    }

    @Test
    void firstExecutableIsFoundSkippingFoldersAndPlainFiles() throws IOException {
        Files.createDirectory(first.resolve("tool"));
        Path tool = Files.createFile(second.resolve("tool"));
        assertThat(tool.toFile().setExecutable(true)).isTrue();

        assertThat(path.find("tool")).isEqualTo(tool.toString());
    }

    @Test
    void programWithSlashIsNotSearched() throws IOException {
        assertThat(path.find("./tool")).isEqualTo("./tool");
    }

    @Test
    void missingProgramIsReportedWithSearchPath() {
        assertThatThrownBy(() -> path.find("criu"))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessage("criu: not found on PATH (" + first + "::" + second + ")");
    }

    @Test
    void nonExecutableFileIsReported() throws IOException {
        Path tool = Files.createFile(second.resolve("tool"));

        assertThatThrownBy(() -> path.find("tool"))
                .hasMessage("tool: found on PATH as " + tool + ", which is not executable");
    }
}
