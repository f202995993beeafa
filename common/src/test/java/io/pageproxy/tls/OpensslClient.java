package io.pageproxy.tls;

import java.io.IOException;
import java.nio.file.Path;

/** {@code openssl s_client} with a certificate that other libraries refuse to send. */
final class OpensslClient implements AutoCloseable {
    private final Process process;

    private OpensslClient(Process process) {
        this.process = process;
    }

    /** Connects to loopback with NAME.pem and NAME.key; stays connected until closed. */
    static OpensslClient connect(Path dir, int port, String name) throws IOException {
        return new OpensslClient(
                new ProcessBuilder(
                                "openssl",
                                "s_client",
                                "-connect",
                                "127.0.0.1:" + port,
                                "-tls1_3",
                                "-alpn",
                                PeerTrustManager.ALPN_PROTOCOL,
                                "-cert",
                                name + ".pem",
                                "-key",
                                name + ".key")
                        .directory(dir.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
