package io.pageproxy.rsync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RsyncProgramTest {
    @TempDir private Path dir;

    @ParameterizedTest
    @CsvSource({
        "rsync  version 3.2.7  protocol version 31, 3.2.7",
        "rsync  version v4.0.0dev  protocol version 32, 4.0.0dev"
    })
    void versionIsTheWordBehindIt(String says, String version) throws IOException {
        assertThat(RsyncProgram.version(saying(says))).isEqualTo(version);
    }

    @ParameterizedTest
    @CsvSource({
        "rsync  version 3.1.3  protocol version 31, is version 3.1.3: install 3.2 or later",
        "rsync  version 2.9.9  protocol version 29, is version 2.9.9",
        "BusyBox v1.36.1, and no version: install rsync 3.2 or later"
    })
    void programThatCannotCopyIsNamed(String says, String message) throws IOException {
        String program = saying(says);
        assertThatThrownBy(() -> RsyncProgram.version(program))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(program)
                .hasMessageContaining(message);
    }

    private String saying(String line) throws IOException {
        Path program = Files.writeString(dir.resolve("rsync"), "#!/bin/sh\necho '" + line + "'\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program.toString();
    }
}
