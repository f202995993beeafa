package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks the sources, because a package-info without annotations has no class file. */
class PackageInfoTest {
    private static final Path MODULES = Path.of("..");

    private static Stream<Path> below(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyPackageHasPackageInfo() throws IOException {
        List<Path> packages;
        try (Stream<Path> modules = Files.list(MODULES)) {
            packages =
                    modules.map(module -> module.resolve("src/main/java"))
                            .filter(Files::isDirectory)
                            .flatMap(PackageInfoTest::below)
                            .filter(file -> file.toString().endsWith(".java"))
                            .map(Path::getParent)
                            .distinct()
                            .toList();
        }
        assertThat(packages)
                .hasSizeGreaterThan(10)
                .allSatisfy(folder -> assertThat(folder.resolve("package-info.java")).exists());
    }
}
