package io.pageproxy.dest.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFileTest {
    private static final PeerIdentity WEB = peer("web.example");
    private static final Optional<SessionName> NO_PARENT = Optional.empty();

    @TempDir private Path dir;
    private Path file;
    private long nanos;
    private Instant now = Instant.parse("2026-03-01T23:59:59Z");

    @BeforeEach
    void writePolicy() throws IOException {
        file = dir.resolve("policy.yaml");
        write(
                "{name: web, dns: [web.example], sessions: [web/*], max-day-bytes: 100,"
                        + " max-session-bytes: 80, max-sessions: 2, page-server-args: [--auto-dedup]}");
    }

    private void write(String... peers) throws IOException {
        Path next =
                Files.writeString(dir.resolve("next"), "peers:\n- " + String.join("\n- ", peers));
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private PolicyFile open() throws IOException, PolicyException {
        return new PolicyFile(
                file,
                () -> nanos,
                new Clock() {
                    @Override
                    public Instant instant() {
                        return now;
                    }

                    @Override
                    public ZoneId getZone() {
                        return ZoneOffset.ofHours(-7);
                    }

                    @Override
                    public Clock withZone(ZoneId zone) {
                        return this;
                    }
                });
    }

    private static PeerIdentity peer(String dns) {
        return new PeerIdentity(
                dns, "00", new PeerNames(List.of(dns), List.of(), List.of(), Optional.empty()));
    }

    private static SessionGrant admit(PolicyFile policy, PeerIdentity peer, String session) {
        return policy.admit(peer, Optional.of(new SessionName(session)), NO_PARENT);
    }

    private static void assertRefused(CloseReason reason, String message, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        SessionException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    @Test
    void onlyMatchingSessionsMayBeWrittenOrUsedAsParent() throws Exception {
        PolicyFile policy = open();
        Optional<SessionName> own = Optional.of(new SessionName("web/2"));
        Optional<SessionName> others = Optional.of(new SessionName("db/1"));

        assertThat(
                        policy.admit(WEB, own, Optional.of(new SessionName("web/1")))
                                .pageServerArguments())
                .containsExactly("--auto-dedup");
        assertRefused(
                CloseReason.SESSION_NOT_ALLOWED,
                "the session 'db/1' is not this peer's: 'web' in the destination's --policy allows the sessions [web/*]",
                () -> policy.admit(WEB, others, NO_PARENT));
        assertRefused(
                CloseReason.SESSION_NOT_ALLOWED,
                "the parent 'db/1' is not this peer's",
                () -> policy.admit(WEB, own, others));
        assertRefused(
                CloseReason.SESSION_NOT_ALLOWED,
                "the session without a name is not",
                () -> policy.admit(WEB, Optional.empty(), NO_PARENT));
        assertRefused(
                CloseReason.PEER_NOT_TRUSTED,
                "no entry of the destination's --policy names DNS [db.example]",
                () -> admit(policy, peer("db.example"), "web/1"));
    }

    @Test
    void refusalsDoNotCountAsActiveSessions() throws Exception {
        PolicyFile policy = open();
        SessionGrant first = admit(policy, WEB, "web/1");
        for (int i = 0; i < 5; i++) {
            assertRefused(CloseReason.SESSION_NOT_ALLOWED, "db", () -> admit(policy, WEB, "db"));
        }
        admit(policy, WEB, "web/2");
        assertRefused(
                CloseReason.LIMIT_EXCEEDED,
                "dns web.example has as many sessions as it may (max-sessions 2 of 'web'",
                () -> admit(policy, WEB, "web/3"));
        first.giveBack();
        admit(policy, WEB, "web/3");
    }

    /** A migration's other images may arrive while the session of its pages is still active. */
    @Test
    void attachmentsAreLimitedSeparatelyFromSessions() throws Exception {
        write("{name: web, dns: [web.example], sessions: [web/*], max-sessions: 1}");
        PolicyFile policy = open();
        SessionGrant attachment = attach(policy, "web/1");
        admit(policy, WEB, "web/1").giveBack();
        assertRefused(
                CloseReason.LIMIT_EXCEEDED,
                "dns web.example has as many migrations as it may (max-sessions 1 of 'web'",
                () -> attach(policy, "web/2"));
        assertRefused(CloseReason.SESSION_NOT_ALLOWED, "'db'", () -> attach(policy, "db"));
        attachment.giveBack();
        attach(policy, "web/2");
        admit(policy, WEB, "web/2");
    }

    @Test
    void attachmentBytesCountForDailyQuota() throws Exception {
        PolicyFile policy = open();
        attach(policy, "web/1").count(60);
        assertRefused(
                CloseReason.LIMIT_EXCEEDED,
                "max-day-bytes 100",
                () -> admit(policy, WEB, "web/1").count(41));
    }

    @Test
    void restoreRequiresExplicitPermission() throws Exception {
        assertThat(attach(open(), "web/1").restore()).isFalse();
        write("{name: web, dns: [web.example], sessions: [web/*], restore: true}");
        assertThat(attach(open(), "web/1").restore()).isTrue();
    }

    private static SessionGrant attach(PolicyFile policy, String session) {
        return policy.attach(WEB, Optional.of(new SessionName(session)));
    }

    @Test
    void sessionBytesAreLimited() throws Exception {
        SessionGrant grant = admit(open(), WEB, "web/1");
        grant.count(79);
        grant.count(1);
        assertRefused(
                CloseReason.LIMIT_EXCEEDED,
                "longer than max-session-bytes 80 of 'web'",
                () -> grant.count(1));
    }

    @Test
    void dailyQuotaCoversAllSessionsOfUtcDay() throws Exception {
        write("{name: web, dns: [web.example], sessions: [web/*], max-day-bytes: 100}");
        PolicyFile policy = open();
        SessionGrant first = admit(policy, WEB, "web/1");
        SessionGrant second = admit(policy, WEB, "web/2");
        first.count(60);
        second.count(39);
        assertRefused(
                CloseReason.LIMIT_EXCEEDED, "max-day-bytes 100 of 'web'", () -> second.count(2));
        second.count(1);
        first.giveBack();
        assertRefused(
                CloseReason.LIMIT_EXCEEDED,
                "the next day begins at 00:00 UTC",
                () -> admit(policy, WEB, "web/3"));

        now = now.plusSeconds(1);
        second.count(40);
        admit(policy, WEB, "web/3").count(60);
        assertRefused(CloseReason.LIMIT_EXCEEDED, "max-day-bytes 100", () -> second.count(1));
    }

    @Test
    void usageIsCountedPerNameAndSurvivesRenewal() throws Exception {
        write("{dns: [web.example, b.example], sessions: ['**'], max-day-bytes: 10}");
        PolicyFile policy = open();
        admit(policy, WEB, "x").count(10);
        admit(policy, peer("b.example"), "y").count(10);
        PeerIdentity renewed = new PeerIdentity("web", "11", WEB.names());
        assertRefused(
                CloseReason.LIMIT_EXCEEDED, "max-day-bytes", () -> admit(policy, renewed, "z"));
    }

    @Test
    void firstMatchingEntryApplies() throws Exception {
        write(
                "{dns: [other.example], sessions: [a]}",
                "{fingerprint: ['" + "0".repeat(64) + "'], sessions: [b]}",
                "{dns: [web.example], sessions: [c]}");
        PeerIdentity both = new PeerIdentity("", "0".repeat(64), WEB.names());
        PolicyFile policy = open();
        admit(policy, both, "b");
        assertRefused(CloseReason.SESSION_NOT_ALLOWED, "'c'", () -> admit(policy, both, "c"));
    }

    @Test
    void changedFileAppliesToNewSessionsAndKeepsUsage() throws Exception {
        PolicyFile policy = open();
        SessionGrant before = admit(policy, WEB, "web/1");
        before.count(50);
        write("{name: new, dns: [web.example], sessions: [db], max-day-bytes: 60}");
        admit(policy, WEB, "web/2").giveBack();

        nanos += 1_000_000_000L;
        assertRefused(CloseReason.SESSION_NOT_ALLOWED, "'new'", () -> admit(policy, WEB, "web/2"));
        SessionGrant after = admit(policy, WEB, "db");
        assertRefused(CloseReason.LIMIT_EXCEEDED, "max-day-bytes 60", () -> after.count(11));
        before.count(20);
    }

    @Test
    void brokenOrMissingFileKeepsPreviousPolicy() throws Exception {
        PolicyFile policy = open();
        for (String broken :
                List.of("{dns: [web.example]}", "[", "{dns: [x], sessions: [y], lazy: 1}")) {
            write(broken);
            nanos += 1_000_000_000L;
            assertThat(policy.current().names()).containsExactly("web");
        }
        Files.delete(file);
        nanos += 1_000_000_000L;
        assertThat(policy.current().names()).containsExactly("web");
        write("{name: repaired, dns: [web.example], sessions: [db]}");
        nanos += 1_000_000_000L;
        assertThat(policy.current().names()).containsExactly("repaired");
    }

    @Test
    void errorsNameFileAndPosition() throws Exception {
        write("{dns: [a], sesions: [b]}");
        assertThatThrownBy(this::open)
                .isInstanceOf(PolicyException.class)
                .hasMessageStartingWith(
                        "--policy "
                                + file
                                + ", line 2, column 14: peers[0]: 'sesions' is not known");
        assertThatThrownBy(() -> PolicyFile.read(dir.resolve("none")))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("none: no such file; check the path");
        assertThatThrownBy(() -> PolicyFile.read(dir))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--policy " + dir + " cannot be read: ");
    }
}
