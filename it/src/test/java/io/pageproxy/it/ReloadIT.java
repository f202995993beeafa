package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGHUP makes a destination read its certificates anew; it never ends it. */
class ReloadIT {
    @RegisterExtension final Lab lab = new Lab();

    @Test
    void brokenFilesKeepTheOldOnesInForceAndMendedOnesAreTaken() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32);
        Path certificate = lab.pki().dir().resolve("dest.pem");
        String good = Files.readString(certificate);

        Files.writeString(certificate, "no certificate");
        hangUp(dest, "tls files changed, keeping the old ones: --cert " + certificate);
        lab.listeningSource(dest, "--session", "before", "--once").terminate();

        Files.writeString(certificate, good);
        hangUp(dest, "tls files loaded: cert=CN=dest");
        lab.listeningSource(dest, "--session", "after", "--once").terminate();

        assertThat(dest.isAlive()).as(dest::toString).isTrue();
    }

    private static void hangUp(Command dest, String expected) {
        Processes.signal("HUP", dest.pid());
        await().atMost(Command.PATIENCE)
                .untilAsserted(() -> assertThat(dest.stderr()).contains(expected));
    }
}
