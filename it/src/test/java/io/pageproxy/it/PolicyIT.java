package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A destination of two sources, each restricted by the policy file, which may change. */
class PolicyIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int REFUSED = 3;
    private static final long PID = 77;
    private static final long ADDRESS = 0x7f00_0000_0000L;

    @RegisterExtension final Lab lab = new Lab();

    private Path policy;

    @BeforeEach
    void issueSecondSource() {
        lab.pki().issueSource("other");
        policy = lab.folder("policy").resolve("policy.yaml");
    }

    private void write(String... peers) throws IOException {
        Path next = policy.resolveSibling("next");
        Files.writeString(next, "peers:\n  - " + String.join("\n  - ", peers) + "\n");
        Files.move(next, policy, StandardCopyOption.REPLACE_EXISTING);
    }

    private Command dest() {
        List<String> words = new ArrayList<>(lab.pki().options("dest"));
        words.addAll(List.of("--policy", policy.toString()));
        return lab.proxy("dest", Pageproxy.dest(lab.images(), CRIU.program(), words));
    }

    /** A dump of a workload by a named source. */
    private Command dump(String who, Command dest, Workload workload, String... options) {
        List<String> words = new ArrayList<>(lab.pki().options(who));
        words.addAll(List.of(options));
        words.add("--");
        words.addAll(CRIU.dump(workload, lab.folder("dump-" + who)));
        return lab.proxy("source", Pageproxy.source(Lab.address(dest), words));
    }

    private void assertRefused(Command source, String message) {
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(REFUSED);
        assertThat(source.stderr()).contains(message);
    }

    @Test
    void peersWriteOnlyTheirOwnSessions() throws IOException {
        write(
                "{name: a, dns: [source], sessions: [a/*]}",
                "{name: b, dns: [other], sessions: [b/**]}");
        Command dest = dest();
        Workload first = lab.memory("first", 1);
        Workload second = lab.memory("second", 1);

        assertRefused(dump("source", dest, first, "--session", "b/1"), "session 'b/1' is not");
        assertRefused(dump("source", dest, first), "the session without a name is not");
        assertThat(lab.images()).isEmptyDirectory();
        first.assertUntouched();

        Command good = dump("source", dest, first, "--session", "a/1");
        assertThat(good.awaitExit()).as(good::toString).isZero();
        assertRefused(dump("other", dest, second, "--session", "a/2"), "session 'a/2' is not");
        assertRefused(
                dump("other", dest, second, "--session", "b/1", "--parent", "a/1"),
                "parent 'a/1' is not");
        second.assertUntouched();
        assertThat(lab.images().resolve("b")).doesNotExist();
        good = dump("other", dest, second, "--session", "b/x/1");
        assertThat(good.awaitExit()).as(good::toString).isZero();

        lab.restoreAndCheck(CRIU, first, lab.folder("dump-source"), "a/1");
        lab.restoreAndCheck(CRIU, second, lab.folder("dump-other"), "b/x/1");
        assertThat(dest.stderr()).contains("reason=session_not_allowed");
    }

    @Test
    void dailyQuotaEndsStreamAndProcessSurvives() throws IOException {
        write("{name: a, dns: [source], sessions: ['**'], max-day-bytes: 96M}");
        Command dest = dest();
        Workload workload = lab.memory("work", 32);

        Command whole = dump("source", dest, workload, "--session", "a/1");
        assertThat(whole.awaitExit()).as(whole::toString).isZero();
        lab.restoreAndCheck(CRIU, workload, lab.folder("dump-source"), "a/1");

        Command cut = dump("source", dest, workload, "--session", "a/2");
        assertRefused(cut, "max-day-bytes 100663296 of 'a'");
        assertThat(cut.stderr()).contains("limit_exceeded");
        assertThat(dest.stderr()).contains("max-day-bytes 100663296 of 'a'");
        workload.assertGood();
        assertThat(Images.isMarked(lab.images().resolve("a/2"))).isTrue();
        assertThat(Images.pagesBytes(lab.images().resolve("a/2"))).isBetween(1L, 48L << 20);

        Command late = dump("source", dest, workload, "--session", "a/3");
        late.awaitExit();
        Images.assertMarkedOrGone(lab.images().resolve("a/3"));
        workload.assertGood();
    }

    @Test
    void changedPolicyAppliesToNewSessionsAndBrokenOneIsIgnored() throws IOException {
        write("{name: a, dns: [source], sessions: [a, waiting]}");
        Command dest = dest();
        Workload workload = lab.memory("work", 1);
        assertRefused(dump("other", dest, workload, "--session", "b"), "--policy of the peer");
        Command underWay = lab.listeningSource(dest, "--once", "--session", "a");
        Command waiting = lab.listeningSource(dest, "--once", "--session", "waiting");

        try (ProtocolDumper dumper = new ProtocolDumper(CRIU, Lab.address(underWay))) {
            dumper.open(PID);
            dumper.pages(PID, ADDRESS, 1, 1);
            write("{name: b, dns: [other], sessions: [b]}");
            assertThat(waiting.awaitExit()).as(waiting::toString).isEqualTo(REFUSED);
            assertThat(waiting.stderr()).contains("no entry of --policy");
            assertThat(dump("other", dest, workload, "--session", "b").awaitExit()).isZero();
            assertRefused(
                    dump("source", dest, workload, "--session", "a/2"), "--policy of the peer");
            assertThat(dumper.finish()).as("a stream under way goes on").isTrue();
        }

        write("{name: c, dns: [source], sesions: [a]}");
        await().atMost(Command.TIMEOUT)
                .until(
                        () -> {
                            Command source = dump("source", dest, workload, "--session", "c");
                            assertThat(source.awaitExit()).isEqualTo(REFUSED);
                            return dest.stderr().contains("keeping the old one");
                        });
        assertThat(dest.stderr())
                .containsOnlyOnce("keeping the old one")
                .contains(policy + ", line 2, column 30: peers[0]: 'sesions' is not known");
    }
}
