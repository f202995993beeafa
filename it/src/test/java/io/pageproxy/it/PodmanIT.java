package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A Podman container, as docs/how-to/containers.md moves it. Two stores stand for two hosts. Podman
 * has no option for a page server; CRIU's configuration file names it.
 */
class PodmanIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final String IMAGE = "localhost/counter";

    @RegisterExtension final Lab lab = new Lab();
    private final String container = "pageproxy-it-" + ProcessHandle.current().pid();
    private Path criuConfig;
    private Path data;
    private Path archive;

    @BeforeEach
    void startContainer() throws IOException {
        criuConfig = lab.folder("config").resolve("criu.conf");
        data = lab.folder("data");
        archive = lab.folder("dump").resolve("web.tar");
        Files.createSymbolicLink(lab.folder("bin").resolve("criu"), Path.of(CRIU.program()));
        importImage();
        run(
                podman(
                        "A",
                        "run",
                        "--detach",
                        "--name=" + container,
                        "--network=none",
                        "--ulimit=nofile=1024:1024",
                        "--ulimit=nproc=1024:1024",
                        "--annotation=org.criu.config=" + criuConfig,
                        "--volume=" + data + ":/data",
                        IMAGE,
                        "/bin/sh",
                        "-c",
                        "exec </dev/null >/dev/null 2>&1; i=0;"
                                + " while :; do i=$((i + 1)); echo $i >/data/count; sleep 0.1;"
                                + " done"));
        counter().awaitAbove(2);
    }

    /** Makes the image on both hosts. */
    private void importImage() {
        Path bundle = lab.folder("bundle");
        Path script = Path.of(System.getProperty("it.checkout"), "it/workloads/runc-bundle");
        run(List.of(script.toString(), bundle.toString()));
        String tar = lab.folder("image").resolve("rootfs.tar").toString();
        run(List.of("tar", "-C", bundle.resolve("rootfs").toString(), "-cf", tar, "."));
        run(podman("A", "import", tar, IMAGE));
        String saved = lab.folder("image").resolve("image.tar").toString();
        run(podman("A", "save", "--output=" + saved, IMAGE));
        run(podman("B", "load", "--input=" + saved));
    }

    @AfterEach
    void endContainers() {
        run(podman("A", "rm", "--force", "--all"));
        run(podman("B", "rm", "--force", "--all"));
    }

    @Test
    void containerIsCheckpointedThroughPairAndRestoredOnOtherHost() {
        Command source = lab.listeningSource(lab.dest(CRIU), "--once", "--session", "container");
        assertThat(checkpoint(source)).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        int last = counter().count();

        Path images = lab.images().resolve("container");
        run(
                List.of(
                        "sh",
                        "-c",
                        "cd '%s' && tar -rf '%s' --transform 's,^,checkpoint/,' *.img"
                                .formatted(images, archive)));
        run(podman("B", "container", "restore", "--import=" + archive));
        counter().awaitAbove(last);
    }

    @Test
    void refusedPagesKeepContainerRunning() {
        Command dest = lab.dest(CRIU, "--max-session-bytes", "64K");
        Command source = lab.listeningSource(dest, "--once", "--session", "container");
        assertThat(checkpoint(source)).isNotZero();
        assertThat(source.awaitExit()).as("limit_exceeded").isEqualTo(3);
        counter().awaitAbove(counter().count());
    }

    private int checkpoint(Command source) {
        String address = Lab.address(source);
        int colon = address.lastIndexOf(':');
        try {
            Files.writeString(
                    criuConfig,
                    "page-server\naddress %s\nport %s\n"
                            .formatted(address.substring(0, colon), address.substring(colon + 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Command.run(
                lab.folder("logs"),
                "checkpoint",
                podman(
                        "A",
                        "container",
                        "checkpoint",
                        "--export=" + archive,
                        "--compress=none",
                        container));
    }

    private void run(List<String> words) {
        try (Command command = Command.start(lab.folder("logs"), "run", words)) {
            assertThat(command.awaitExit()).as(command::toString).isZero();
        }
    }

    /** Podman, and runc below it, use the criu on PATH. */
    private List<String> podman(String host, String... arguments) {
        List<String> words = new ArrayList<>();
        words.add("env");
        words.add("PATH=" + lab.folder("bin") + ":" + System.getenv("PATH"));
        words.addAll(List.of("podman", "--runtime=runc", "--cgroup-manager=cgroupfs"));
        words.addAll(List.of("--storage-driver=vfs", "--events-backend=none"));
        words.add("--root=" + lab.folder(host + "/store"));
        words.add("--runroot=" + lab.folder(host + "/run"));
        words.add("--tmpdir=" + lab.folder(host + "/tmp"));
        words.addAll(List.of(arguments));
        return words;
    }

    private CountingContainer counter() {
        return new CountingContainer(data.resolve("count"));
    }
}
