package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users whose dumper may connect to a source. */
class DumperUserIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 24;

    /** Connects, and exits with 0 if it is disconnected before it receives anything. */
    private static final String STRANGER =
            "use IO::Socket; my ($h, $p) = split /:/, shift;"
                    + " my $s = IO::Socket::INET->new(PeerAddr => $h, PeerPort => $p) or die;"
                    + " exit(defined sysread($s, my $b, 1) ? 1 : 0)";

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void otherUserIsRefusedWithoutAffectingSessionOfPermittedDumper() {
        Workload workload = lab.memory("work", MEGABYTES);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(CRIU, "--once");
        Command source = lab.listeningSource(dest, "--once", "--session", "web");
        List<String> nobody = List.of("setpriv", "--reuid", "65534", "--clear-groups");
        List<String> words = new ArrayList<>(nobody);
        words.addAll(List.of("perl", "-e", STRANGER, Lab.address(source)));
        for (int attempt = 0; attempt < 3; attempt++) {
            Command stranger = lab.start("stranger", words);
            assertThat(stranger.awaitExit()).as(stranger::toString).isZero();
        }

        Command dumper = lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, dump));
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(source.stderr())
                .contains("refused a dumper of user 65534")
                .contains("--dumper-uid 65534");
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }

    @Test
    void dumperConnectsThroughUnixSocket() {
        Workload workload = lab.memory("work", MEGABYTES);
        Path dump = lab.folder("dump");
        Path socket = lab.folder("run").resolve("dumper.sock");
        Command dest = lab.dest(CRIU, "--once");
        String unix = "unix:" + socket;
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--listen", unix, "--dumper-uid", "root"));
        options.addAll(List.of("--session", "web", "--once"));
        Command source = lab.proxy("source", Pageproxy.source(Lab.address(dest), options));
        assertThat(source.awaitLine("listening ")).isEqualTo(unix);

        Command dumper = lab.start("dump", CRIU.dumpThrough(unix, workload, dump));
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(socket).doesNotExist();
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }
}
