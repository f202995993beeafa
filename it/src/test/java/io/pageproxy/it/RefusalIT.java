package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Refusals by the destination before the freeze: both sides report the reason, no dumper is
 * started, and the process is not affected.
 */
class RefusalIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int FAILED_HERE = 1;
    private static final int USAGE = 2;
    private static final int REFUSED = 3;
    private static final int PAGE_SERVER = 5;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void sessionOverLimitIsRefused() {
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(CRIU, "--max-sessions", "1");
        Command first = lab.listeningSource(dest, "--session", "one");

        Command second = source(dest, workload, "--session", "two");
        assertThat(second.awaitExit()).as(second::toString).isEqualTo(REFUSED);
        assertThat(second.stderr()).contains("--max-sessions 1");
        assertThat(first.isAlive()).isTrue();
        assertUntouched(workload);
        assertThat(lab.images().resolve("two")).doesNotExist();
    }

    @Test
    void sessionThatCannotHaveItsFolderIsRefused() throws IOException {
        Path pages = Files.createFile(lab.folder("images/web").resolve("pages-1.img"));
        Files.createFile(lab.images().resolve("file"));
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(CRIU);

        assertRefused(dest, workload, "holds images already", "--session", "web");
        assertThat(pages).exists();
        assertRefused(dest, workload, "file", "--session", "file/1");
        assertRefused(dest, workload, "--parent names", "--session", "a/2", "--parent", "a/1");
        assertThat(lab.images().resolve("a")).doesNotExist();
    }

    @Test
    void unwritableImagesFolderIsRefused() {
        Tmpfs tmpfs = lab.tmpfs("read-only", 1 << 20);
        Workload workload = lab.memory("work", 1);
        Command dest = lab.destIn(lab.folder("read-only"), CRIU.program(), "--once");
        tmpfs.remountReadOnly();
        assertRefused(dest, workload, "Read-only file system", "--session", "web");
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PAGE_SERVER);
    }

    @Test
    void misconfiguredDestinationDoesNotStart() throws IOException {
        Path file = Files.createFile(lab.folder("there").resolve("file"));

        assertDoesNotStart(lab.images(), "/nowhere/criu", "/nowhere/criu: No such file");
        assertDoesNotStart(lab.images(), "/bin/true", "--criu /bin/true");
        assertDoesNotStart(file, CRIU.program(), "--images-dir " + file);
        assertDoesNotStart(lab.folder("there").resolve("not"), CRIU.program(), "--images-dir");
        assertThat(lab.images()).isEmptyDirectory();
    }

    @Test
    void destinationWithoutAllowedPeersDoesNotStart() {
        Command dest =
                lab.proxy(
                        "dest",
                        Pageproxy.dest(lab.images(), CRIU.program(), lab.pki().options("dest")));
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(USAGE);
        assertThat(dest.stderr()).contains("--allow-dns");
    }

    @Test
    void unreachableDestinationIsReported() {
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(CRIU);
        String address = Lab.address(dest);
        dest.terminate();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();

        Command source = source(dest, workload);
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(6);
        assertThat(source.stderr()).contains(address);
        assertUntouched(workload);
    }

    @Test
    void sourceOfOtherCaIsRefused() {
        Pki other = Pki.create(lab.folder("other"));
        assertPeerRefused(
                destOptions(lab.pki(), "--allow-dns", "source"),
                other.options("source", lab.pki()));
    }

    @Test
    void destinationOfOtherCaIsRefused() {
        Pki other = Pki.create(lab.folder("other"));
        List<String> dest = new ArrayList<>(other.options("dest", lab.pki()));
        dest.addAll(List.of("--allow-dns", "source"));
        assertPeerRefused(dest, lab.pki().options("source"));
    }

    @Test
    void sourceThatIsNotAllowedIsRefused() {
        assertPeerRefused(
                destOptions(lab.pki(), "--allow-dns", "other"), lab.pki().options("source"));
    }

    @Test
    void destinationWithOtherNameIsRefused() {
        List<String> source = new ArrayList<>(lab.pki().options("source"));
        source.addAll(List.of("--verify-name", "elsewhere.example"));
        assertPeerRefused(destOptions(lab.pki(), "--allow-dns", "source"), source);
    }

    private static List<String> destOptions(Pki pki, String... allowed) {
        List<String> words = new ArrayList<>(pki.options("dest"));
        words.addAll(List.of(allowed));
        return words;
    }

    /** One side rejects the other's identity: both report it, and nothing was done. */
    private void assertPeerRefused(List<String> destOptions, List<String> sourceOptions) {
        Workload workload = lab.memory("work", 1);
        List<String> words = new ArrayList<>(destOptions);
        words.add("--once");
        Command dest = lab.proxy("dest", Pageproxy.dest(lab.images(), CRIU.program(), words));
        words = new ArrayList<>(sourceOptions);
        words.addAll(List.of("--session", "web", "--"));
        words.addAll(CRIU.dump(workload, lab.folder("dump")));
        Command source = lab.proxy("source", Pageproxy.source(Lab.address(dest), words));

        assertThat(source.awaitExit()).as(source::toString).isEqualTo(REFUSED);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(REFUSED);
        assertThat(lab.images()).isEmptyDirectory();
        assertUntouched(workload);
    }

    private void assertDoesNotStart(Path images, String criu, String message) {
        Command dest = lab.startDest(images, criu);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(FAILED_HERE);
        assertThat(dest.stderr()).contains(message);
        assertThat(dest.stdout()).isEmpty();
    }

    private void assertRefused(Command dest, Workload workload, String message, String... options) {
        Command source = source(dest, workload, options);
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.stderr()).contains(message);
        assertThat(dest.stderr()).contains(message);
        assertUntouched(workload);
    }

    private Command source(Command dest, Workload workload, String... options) {
        return lab.sourceDumping(dest, CRIU, workload, lab.folder("dump"), options);
    }

    private void assertUntouched(Workload workload) {
        assertThat(lab.folder("dump")).as("a dumper has never started").isEmptyDirectory();
        workload.assertUntouched();
    }
}
