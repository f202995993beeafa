package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Unix sockets instead of all TCP ports; TLS is used over them as well. */
class UnixSocketsIT {
    private static final Criu CRIU = Criu.BYTES_32;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void dumpUsesThreeUnixSocketsAndNoPort() {
        Workload workload = lab.memory("work", 24);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(CRIU, "--once", "--listen", path("dest"));
        assertThat(Lab.address(dest)).isEqualTo(path("dest"));
        Command source =
                lab.source(
                        dest,
                        "--once",
                        "--allow-dns",
                        "dest",
                        "--lanes",
                        "3",
                        "--listen",
                        path("dumper"),
                        "--session",
                        "web");
        Command dumper = lab.start("dump", CRIU.dumpThrough(Lab.address(source), workload, dump));

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(source.stderr()).contains("lanes=3");
        assertThat(lab.folder("run")).isEmptyDirectory();
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }

    @Test
    void migrateAndCheckWorkThroughUnixSocket() {
        Workload workload = lab.memory("work", 8);
        Command dest = lab.dest(CRIU, "--listen", path("dest"));
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--verify-name", "dest", "--criu", CRIU.program()));
        options.addAll(List.of("--session", "web", "--no-restore"));
        Command migrate =
                lab.proxy("migrate", Pageproxy.migrate(path("dest"), workload.pid(), options));
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        workload.awaitGone();
        Images.assertComplete(lab.images().resolve("web"));
        dest.terminate();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
    }

    @Test
    void certificateIsRequiredOverUnixSocket() {
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(CRIU, "--listen", path("dest"));
        Command source =
                lab.sourceDumping(dest, CRIU, workload, lab.folder("dump"), "--allow-dns", "web");
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(3);
        workload.assertUntouched();
    }

    @Test
    void otherUserIsDisconnectedBeforeTls() {
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(CRIU, "--listen", path("dest"), "--listen-uid", "65534");
        Command source =
                lab.sourceDumping(dest, CRIU, workload, lab.folder("dump"), "--allow-dns", "dest");
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(6);
        workload.assertUntouched();
        dest.terminate();
        assertThat(dest.awaitExit()).as("nothing has happened").isZero();
        assertThat(dest.stderr()).contains("refused a tunnel of user 0").contains("--listen-uid 0");
    }

    @Test
    void onlyStaleSocketIsReplaced() throws IOException {
        Command killed = lab.dest(CRIU, "--listen", path("dest"));
        killed.kill();
        killed.awaitExit();
        assertThat(lab.folder("run").resolve("dest")).exists();
        lab.dest(CRIU, "--listen", path("dest"));

        Command second = lab.startDest(lab.images(), CRIU.program(), "--listen", path("dest"));
        assertThat(second.awaitExit()).isEqualTo(1);
        assertThat(second.stderr())
                .contains("--listen " + path("dest") + ": another process listens there");
        Files.createFile(lab.folder("run").resolve("file"));
        Command third = lab.startDest(lab.images(), CRIU.program(), "--listen", path("file"));
        assertThat(third.awaitExit()).isEqualTo(1);
        assertThat(third.stderr()).contains("exists and is not a socket");
    }

    private String path(String name) {
        return "unix:" + lab.folder("run").resolve(name);
    }
}
