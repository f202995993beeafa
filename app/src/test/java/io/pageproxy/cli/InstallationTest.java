package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
    private static final String RESOURCE = "script.sh";

    @TempDir private Path folder;
    private Path jar;

    @BeforeEach
    void install() throws IOException {
        jar = folder.resolve("a b.jar");
        write(jar, "first");
    }

    @Test
    void resourcesOfRemovedJarCanBeReadIfItWasHeld() throws IOException {
        Path other = folder.resolve("not held.jar");
        Installation installation = Installation.of(folder);
        write(other, "other");

        Files.delete(jar);
        Files.delete(other);

        assertThat(read(jar)).isEqualTo("first");
        assertThatThrownBy(() -> read(other)).isInstanceOf(IOException.class);
        assertThat(installation.fault()).isEmpty();
    }

    @Test
    void replacedFileIsNoFault() throws IOException {
        Installation installation = Installation.of(folder);
        Path next = folder.resolve("next");
        write(next, "second, and longer");
        Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);

        assertThat(installation.fault()).isEmpty();
    }

    @Test
    void overwrittenFileIsFaultThatSaysWhatToDo() throws IOException {
        Path library = Files.createDirectories(folder.resolve("native")).resolve("lib.so");
        Files.writeString(library, "one");
        Installation installation = Installation.of(folder);
        assertThat(installation.fault()).isEmpty();

        Files.writeString(library, "another");

        assertThat(installation.fault().orElseThrow())
                .startsWith(library + " was overwritten")
                .contains("restart it");
    }

    private static void write(Path jar, String text) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new ZipEntry(RESOURCE));
            zip.write(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static String read(Path jar) throws IOException {
        URL url = URI.create("jar:" + jar.toUri() + "!/" + RESOURCE).toURL();
        try (InputStream in = url.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
