package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runc container; runc uses pageproxy like any page server. */
class RuncIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final String CONTAINER = "pageproxy-it";

    @RegisterExtension final Lab lab = new Lab();
    private Path bundle;
    private Path dump;

    @BeforeEach
    void startContainer() throws IOException {
        bundle = lab.folder("bundle");
        dump = lab.folder("dump");
        Files.createSymbolicLink(lab.folder("bin").resolve("criu"), Path.of(CRIU.program()));
        Path script = Path.of(System.getProperty("it.checkout"), "it/workloads/runc-bundle");
        assertThat(run("runc-bundle", List.of(script.toString(), bundle.toString()))).isZero();
        assertThat(runc("run", "-d", "-b", bundle.toString(), CONTAINER)).isZero();
        counter().awaitAbove(2);
    }

    @AfterEach
    void endContainer() {
        runc("delete", "-f", CONTAINER);
    }

    @Test
    void containerIsCheckpointedThroughPairAndRestored() throws IOException {
        Command source = lab.listeningSource(lab.dest(CRIU), "--once", "--session", "container");
        assertThat(checkpoint(source)).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(containers()).doesNotContain(CONTAINER);
        int last = counter().count();
        Path images = lab.images().resolve("container");
        copyOtherImages(dump, images);

        assertThat(
                        runc(
                                "restore",
                                "-d",
                                "-b",
                                bundle.toString(),
                                "--image-path",
                                images.toString(),
                                "--work-path",
                                lab.folder("restore").toString(),
                                CONTAINER))
                .isZero();
        counter().awaitAbove(last);
    }

    @Test
    void refusedPagesKeepContainerRunning() throws IOException {
        Command dest = lab.dest(CRIU, "--max-session-bytes", "64K");
        Command source = lab.listeningSource(dest, "--once", "--session", "container");
        assertThat(checkpoint(source)).isNotZero();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(3);
        counter().awaitAbove(counter().count());
    }

    private int checkpoint(Command source) {
        return runc(
                "checkpoint",
                "--page-server",
                Lab.address(source),
                "--image-path",
                dump.toString(),
                "--work-path",
                lab.folder("work").toString(),
                CONTAINER);
    }

    /** Copies the other images, as scp would. */
    private static void copyOtherImages(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private String containers() {
        try (Command list = Command.start(lab.folder("logs"), "list", words("list", "-q"))) {
            assertThat(list.awaitExit()).as(list::toString).isZero();
            return list.stdout();
        }
    }

    private int runc(String... arguments) {
        return run("runc-" + arguments[0], words(arguments));
    }

    private int run(String name, List<String> words) {
        return Command.run(lab.folder("logs"), name, words);
    }

    /** runc uses the criu on PATH. */
    private List<String> words(String... arguments) {
        List<String> words = new ArrayList<>();
        words.add("env");
        words.add("PATH=" + lab.folder("bin") + ":" + System.getenv("PATH"));
        words.addAll(List.of("runc", "--root", lab.folder("runc").toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    private CountingContainer counter() {
        return new CountingContainer(bundle.resolve("rootfs/data/count"));
    }
}
