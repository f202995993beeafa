package io.pageproxy.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command that {@code bin/pageproxy} runs, captured by a fake java that prints its arguments.
 */
class LauncherScriptTest {
    @TempDir private Path dir;

    @Test
    void jvmWritesNeitherToStandardOutputNorToTmp() throws Exception {
        assertThat(startedJava("check"))
                .contains("-XX:+DisplayVMOutputToStderr")
                .contains("-XX:-UsePerfData");
    }

    private String startedJava(String... arguments) throws IOException, InterruptedException {
        Path bin = Files.createDirectories(dir.resolve("java/bin"));
        executable(bin.resolve("java"), "#!/bin/sh\necho \"$@\"\n");
        Files.writeString(dir.resolve("java/release"), "JAVA_VERSION=\"17.0.1\"\n");
        Path launcher = Files.createDirectories(dir.resolve("home/bin")).resolve("pageproxy");
        executable(launcher, Files.readString(Path.of("src/main/dist/bin/pageproxy")));
        ProcessBuilder builder = new ProcessBuilder(launcher.toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", dir.resolve("java").toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
