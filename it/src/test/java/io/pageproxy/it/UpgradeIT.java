package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The folder of an installation is removed, replaced or overwritten while a destination runs from
 * it.
 */
class UpgradeIT {
    private static final int MEGABYTES = 16;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void destinationAcceptsSessionsAfterItsInstallationIsRemovedAndReplaced() throws IOException {
        Path installation = lab.folder("opt").resolve("pageproxy");
        Pageproxy.install(installation);
        Command dest = start(installation);
        StatusPort status = StatusPort.of(dest);
        dest.awaitLine("listening ");

        Lab.deleteTree(installation);
        move(dest, "removed");

        Files.createDirectories(installation.resolve("lib"));
        Files.writeString(installation.resolve("lib/common.jar"), "another version");
        move(dest, "replaced");
        assertThat(status.health()).isEqualTo(200);
    }

    @Test
    void destinationSaysThatRestartIsDueWhenJarIsOverwrittenInPlace() throws IOException {
        Path installation = lab.folder("opt").resolve("pageproxy");
        Pageproxy.install(installation);
        Command dest = start(installation);
        StatusPort status = StatusPort.of(dest);
        dest.awaitLine("listening ");
        assertThat(status.health()).isEqualTo(200);

        // One that destinations do not use.
        Path jar;
        try (Stream<Path> jars = Files.list(installation.resolve("lib"))) {
            jar =
                    jars.filter(file -> file.toString().contains("simulator"))
                            .findFirst()
                            .orElseThrow();
        }
        Files.writeString(jar, "another version");

        assertThat(status.ask("/health")).contains(" 503 ", jar + " was overwritten", "restart it");
        await().atMost(Command.TIMEOUT)
                .untilAsserted(() -> assertThat(dest.stderr()).contains(jar + " was overwritten"));
    }

    private Command start(Path installation) {
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source", "--status", "0"));
        List<String> words = Pageproxy.dest(lab.images(), Criu.BYTES_32.program(), options);
        return lab.proxy("dest", Pageproxy.installedIn(installation, words));
    }

    private void move(Command dest, String session) {
        Workload workload = lab.memory(session, MEGABYTES);
        Path dump = lab.folder("dump-" + session);
        Command source =
                lab.sourceDumping(dest, Criu.BYTES_32, workload, dump, "--session", session);
        assertThat(source.awaitExit()).as(source::toString).isZero();
        lab.restoreAndCheck(Criu.BYTES_32, workload, dump, session);
    }
}
