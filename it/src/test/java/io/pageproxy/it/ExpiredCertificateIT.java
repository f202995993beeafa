package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A peer with the right name and authority, but a certificate of yesterday, gets nowhere. */
class ExpiredCertificateIT {
    private static final String ALPN = "pageproxy/1";
    private static final int REFUSED = 3;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void destinationRefusesTheSource() throws IOException, GeneralSecurityException {
        Command dest = lab.dest(Criu.BYTES_32, "--once");
        String address = Lab.address(dest);
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        try (SSLSocket socket =
                (SSLSocket)
                        ExpiredPeer.context(lab.pki(), "source")
                                .getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSSLParameters(parameters(socket.getSSLParameters()));
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(IOException.class);
        }
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(REFUSED);
        assertThat(dest.stderr()).contains("expired");
        assertThat(lab.images()).isEmptyDirectory();
    }

    @Test
    void sourceRefusesTheDestination() throws IOException, GeneralSecurityException {
        Workload workload = lab.memory("work", 1);
        try (SSLServerSocket server =
                (SSLServerSocket)
                        ExpiredPeer.context(lab.pki(), "dest")
                                .getServerSocketFactory()
                                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSSLParameters(parameters(server.getSSLParameters()));
            List<String> words = new ArrayList<>(lab.pki().options("source"));
            words.addAll(List.of("--session", "web", "--"));
            words.addAll(Criu.BYTES_32.dump(workload, lab.folder("dump")));
            Command source =
                    lab.proxy(
                            "source",
                            Pageproxy.source("127.0.0.1:" + server.getLocalPort(), words));
            try (SSLSocket accepted = (SSLSocket) server.accept()) {
                assertThatThrownBy(() -> accepted.getInputStream().read())
                        .isInstanceOf(IOException.class);
            }
            assertThat(source.awaitExit()).as(source::toString).isEqualTo(REFUSED);
            assertThat(source.stderr()).contains("expired");
        }
        assertThat(lab.folder("dump")).isEmptyDirectory();
        workload.assertUntouched();
    }

    private static SSLParameters parameters(SSLParameters from) {
        from.setApplicationProtocols(new String[] {ALPN});
        return from;
    }
}
