package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadingTlsContextsTest {
    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");
    private final AtomicLong nowNanos = new AtomicLong();
    private TlsFiles files;
    private ReloadingTlsContexts contexts;

    @BeforeEach
    void load() throws Exception {
        files = TestPki.files(dir, "dest", ca.dest(), ca);
        contexts = server(files);
    }

    @Test
    void newCertificateServesNewConnectionsWhileOldOneContinues() throws Exception {
        TlsFiles sourceFiles = TestPki.files(dir, "source", ca.source(), ca);
        SslContext source =
                TlsContexts.client(new TlsMaterial(sourceFiles, false), PeerPolicy.NONE, false);
        try (TestHandshake net =
                new TestHandshake(() -> contexts.current().newHandler(ByteBufAllocator.DEFAULT))) {
            TestHandshake.End old = net.connect(source);
            PeerIdentity before = old.session().peer();
            TestPki.files(dir, "dest", ca.dest(), ca);
            passSeconds(1);
            PeerIdentity after = net.connect(source).session().peer();
            assertThat(after.fingerprint()).isNotEqualTo(before.fingerprint());
            assertThat(old.echo("still here")).isEqualTo("still here");
        }
    }

    @Test
    void unchangedFilesKeepTheContext() {
        SslContext first = contexts.current();
        passSeconds(5);
        assertThat(contexts.current()).isSameAs(first);
    }

    @Test
    void filesAreCheckedAtMostOnceASecond() {
        SslContext first = contexts.current();
        TestPki.files(dir, "dest", ca.dest(), ca);
        nowNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(999));
        assertThat(contexts.current()).isSameAs(first);
        nowNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(contexts.current()).isNotSameAs(first);
    }

    @Test
    void brokenFileKeepsOldContextUntilRepaired() {
        SslContext first = contexts.current();
        TestPki.write(files.cert(), "half a fi");
        passSeconds(1);
        assertThat(contexts.current()).isSameAs(first);
        assertThat(contexts.reload()).isFalse();
        assertThat(contexts.current()).isSameAs(first);
        TestPki.files(dir, "dest", ca.dest(), ca);
        passSeconds(1);
        assertThat(contexts.current()).isNotSameAs(first);
    }

    /**
     * As the kubelet updates a mounted secret: the files are links, and a folder's link is swapped.
     */
    @Test
    void swappedFolderBehindSymbolicLinksIsNoticed() throws Exception {
        Path first = Files.createDirectory(dir.resolve("..first"));
        Path second = Files.createDirectory(dir.resolve("..second"));
        TlsFiles behind = TestPki.files(first, "mounted", ca.dest(), ca);
        TestPki.files(second, "mounted", ca.dest(), ca);
        Path data = Files.createSymbolicLink(dir.resolve("..data"), first.getFileName());
        TlsFiles mounted =
                new TlsFiles(
                        link(data, behind.cert()),
                        link(data, behind.key()),
                        link(data, behind.ca()),
                        Optional.empty(),
                        Optional.empty());
        contexts = server(mounted);
        X509Certificate before = contexts.currentMaterial().leaf();

        Path swapped = Files.createSymbolicLink(dir.resolve("..data_tmp"), second.getFileName());
        Files.move(swapped, data, StandardCopyOption.ATOMIC_MOVE);
        passSeconds(1);

        assertThat(contexts.currentMaterial().leaf()).isNotEqualTo(before);
    }

    private Path link(Path data, Path file) throws IOException {
        Path target = data.getFileName().resolve(file.getFileName());
        return Files.createSymbolicLink(dir.resolve(file.getFileName()), target);
    }

    private ReloadingTlsContexts server(TlsFiles tlsFiles) throws Exception {
        return new ReloadingTlsContexts(
                tlsFiles,
                false,
                material -> TlsContexts.server(material, PeerPolicy.ANY),
                nowNanos::get);
    }

    @Test
    void reloadRebuildsContextFromUnchangedFiles() {
        SslContext first = contexts.current();
        assertThat(contexts.reload()).isTrue();
        assertThat(contexts.current()).isNotSameAs(first);
    }

    private void passSeconds(long seconds) {
        nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }
}
