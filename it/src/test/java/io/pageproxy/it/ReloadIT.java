package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGHUP makes a destination read its certificates anew; it never ends it. */
class ReloadIT {
    @RegisterExtension final Lab lab = new Lab();

    @Test
    void brokenFilesKeepTheOldOnesInForceAndMendedOnesAreTaken() throws IOException {
        Command dest = lab.proxy("dest", hearingHangUps());
        dest.awaitLine("listening ");
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

    /** A destination to which the signal comes even where this test ignores it (nohup). */
    private List<String> hearingHangUps() {
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source"));
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        words.addAll(Pageproxy.dest(lab.images(), Criu.BYTES_32.program(), options));
        return words;
    }

    private static void hangUp(Command dest, String expected) {
        Processes.signal("HUP", dest.pid());
        await().atMost(Command.PATIENCE)
                .untilAsserted(() -> assertThat(dest.stderr()).contains(expected));
    }
}
