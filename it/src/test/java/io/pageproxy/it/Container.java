package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A container of one process in its own file system, see {@code it/workloads/container.c}. */
final class Container {
    private static final long ROOT_BYTES = 16 << 20;

    private Container() {}

    /**
     * Starts a container.
     *
     * @param userNamespace whether its root user is unprivileged outside
     */
    static Workload start(Lab lab, boolean userNamespace) {
        Path root = lab.tmpfs(mountPoint(lab).toString(), ROOT_BYTES).dir();
        Path program = root.resolve("container");
        Path source = Path.of(System.getProperty("it.checkout"), "it/workloads/container.c");
        List<String> compile =
                List.of("gcc", "-static", "-O1", "-o", program.toString(), source.toString());
        assertThat(Command.run(lab.folder("logs"), "gcc", compile)).as("gcc").isZero();
        permit(root, "rwxrwxrwx"); // Its own user writes there.
        List<String> words = new ArrayList<>(List.of(program.toString(), root.toString()));
        if (userNamespace) {
            words.add("--user-namespace");
        }
        return lab.keep(Workload.start(lab.folder("logs"), root, words));
    }

    /** Outside the lab's folder, which the root user of a user namespace cannot enter. */
    private static Path mountPoint(Lab lab) {
        try {
            Path folder = Files.createTempDirectory("pageproxy-it-root-");
            lab.keep(() -> Files.delete(folder));
            permit(folder, "rwxr-xr-x");
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void permit(Path path, String permissions) {
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
