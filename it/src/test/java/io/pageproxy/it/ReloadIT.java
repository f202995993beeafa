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

/** SIGHUP makes a destination reload its certificates and never ends it. */
class ReloadIT {
    @RegisterExtension final Lab lab = new Lab();

    @Test
    void brokenFilesKeepOldOnesInForceUntilRepaired() throws IOException {
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

    @Test
    void signalsThatComeBeforeHandlerDoNoHarm() {
        Command dest = lab.proxy("dest", hearingHangUps());
        await().atMost(Command.TIMEOUT).until(() -> isIgnoredByLauncher(dest.pid()));
        while (!dest.stdout().contains("listening ") && dest.isAlive()) {
            Processes.signal("HUP", dest.pid());
        }

        dest.awaitLine("listening ");
        assertThat(dest.isAlive()).as(dest::toString).isTrue();
        hangUp(dest, "tls files loaded: cert=CN=dest");
    }

    /** The destination notices the revocation on its own before any dumper connects. */
    @Test
    void waitingSessionEndsWith3WhenSourceIsRevoked() {
        Command dest = lab.dest(Criu.BYTES_32, "--crl", revocations());
        Command waiting = lab.listeningSource(dest, "--session", "waiting", "--once");
        lab.pki().revoke("source");
        assertThat(waiting.awaitExit()).isEqualTo(3);
        assertThat(waiting.stderr()).contains("is revoked by its CA");
        assertThat(dest.isAlive()).as(dest::toString).isTrue();
    }

    @Test
    void waitingSessionEndsWith3WhenDestinationIsRevoked() {
        Command trusting = lab.dest(Criu.BYTES_32);
        Command watching =
                lab.listeningSource(
                        trusting, "--session", "watching", "--once", "--crl", revocations());
        lab.pki().revoke("dest");
        assertThat(watching.awaitExit()).isEqualTo(3);
        assertThat(watching.stderr()).contains("is revoked by its CA");
    }

    @Test
    void activeStreamContinuesUnlessActionIsAbort() throws IOException {
        Command finishing = lab.dest(Criu.BYTES_32, "--crl", revocations());
        Command aborting =
                lab.destIn(
                        lab.folder("aborted"),
                        Criu.BYTES_32.program(),
                        "--crl",
                        revocations(),
                        "--on-revocation",
                        "abort");
        Command goesOn = lab.listeningSource(finishing, "--session", "on", "--once");
        Command ends = lab.listeningSource(aborting, "--session", "off", "--once");
        try (ProtocolDumper on = begin(goesOn);
                ProtocolDumper off = begin(ends)) {
            lab.pki().revoke("source");
            assertThat(ends.awaitExit()).isEqualTo(3);
            assertThat(off.isDisconnected()).isTrue();
            await().atMost(Command.TIMEOUT)
                    .untilAsserted(
                            () ->
                                    assertThat(finishing.stderr())
                                            .contains("its stream under way goes on"));
            assertThat(on.finish()).isTrue();
        }
        assertThat(goesOn.awaitExit()).isZero();
    }

    private static ProtocolDumper begin(Command source) throws IOException {
        ProtocolDumper dumper = new ProtocolDumper(Criu.BYTES_32, Lab.address(source));
        dumper.open(1);
        dumper.pages(1, 0x1000, 1, 1);
        return dumper;
    }

    private String revocations() {
        return lab.pki().dir().resolve("crl.pem").toString();
    }

    /** A destination that receives the signal even if this test ignores it (nohup). */
    private List<String> hearingHangUps() {
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source"));
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        words.addAll(Pageproxy.dest(lab.images(), Criu.BYTES_32.program(), options));
        return words;
    }

    /** Whether the launcher runs, not env, and ignores the signal. */
    private static boolean isIgnoredByLauncher(long pid) {
        return !Processes.commandLine(pid).contains("--default-signal")
                && Processes.ignoresHangUps(pid);
    }

    private static void hangUp(Command dest, String expected) {
        Processes.signal("HUP", dest.pid());
        await().atMost(Command.TIMEOUT)
                .untilAsserted(() -> assertThat(dest.stderr()).contains(expected));
    }
}
