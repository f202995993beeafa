package io.pageproxy.cli.dest;

import io.pageproxy.process.ChildLaunchException;
import io.pageproxy.process.ExecutablePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Checks of resources that a destination may lose at runtime; they only inspect and do not use
 * them.
 */
final class DestHealth {
    private DestHealth() {}

    /** Returns checks that describe a problem, or return empty. */
    static List<Supplier<Optional<String>>> checks(Path imagesDir, String criu) {
        return List.of(() -> imagesFault(imagesDir), () -> criuFault(criu));
    }

    private static Optional<String> imagesFault(Path imagesDir) {
        return Files.isDirectory(imagesDir) && Files.isWritable(imagesDir)
                ? Optional.empty()
                : Optional.of("--images-dir " + imagesDir + " is no folder that can be written");
    }

    private static Optional<String> criuFault(String criu) {
        try {
            String program = ExecutablePath.ofThisProcess().find(criu);
            return Files.isExecutable(Path.of(program))
                    ? Optional.empty()
                    : Optional.of("--criu " + criu + " is no program that can be run any more");
        } catch (ChildLaunchException e) {
            return Optional.of("--criu " + e.getMessage());
        }
    }
}
