package io.pageproxy.dest.migrate;

import static io.pageproxy.dest.migrate.ScriptedMigration.SESSION;
import static io.pageproxy.dest.migrate.ScriptedMigration.SOURCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.dest.Peers;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.AllowedRestores;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a source may ask for. */
@Timeout(30)
class AttachHandlerTest {
    private ScriptedMigration migration;

    @BeforeEach
    void script(@TempDir Path folder) throws Exception {
        migration = new ScriptedMigration(folder);
    }

    @AfterEach
    void close() {
        migration.close();
    }

    @Test
    void restoreIsRefusedWithoutAllowRestore() {
        assertThatThrownBy(() -> take(migration.services(Restores.NONE, SessionPolicy.ANY), "db"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("--allow-restore");
    }

    @Test
    void restoreIsRefusedIfThePolicyDoesNotAllowIt() throws Exception {
        SessionPolicy policy = policy("max-sessions: 1");
        assertThatThrownBy(() -> take(migration.services(migration.restore, policy), "db"))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED))
                .hasMessageContaining("restore: true");
        policy.attach(SOURCE, Optional.of(new SessionName("db")));
    }

    @Test
    void lazyMigrationIsRefusedIfThePolicyDoesNotAllowIt() throws Exception {
        SessionPolicy policy = policy("restore: true");
        MigrationServices services = migration.services(migration.restore, policy);
        assertThatThrownBy(() -> take(services, lazy(true)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.SESSION_NOT_ALLOWED))
                .hasMessageContaining("lazy: true");
        assertThatThrownBy(() -> take(services, mayTurnLazy(true, SESSION)))
                .hasMessageContaining("lazy: true");
    }

    @Test
    void lazyMigrationWithoutARestoreIsRefused() {
        assertThatThrownBy(() -> take(migration.services, lazy(false)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL));
        assertThatThrownBy(() -> take(migration.services, mayTurnLazy(false, SESSION)))
                .hasMessageContaining("without a restore");
    }

    @Test
    void roundsOfASessionWithoutANameAreRefused() {
        assertThatThrownBy(() -> take(migration.services, mayTurnLazy(true, Optional.empty())))
                .hasMessageContaining("cannot have rounds");
    }

    @Test
    void destinationSaysThatItKnowsThatAContainerMoves() throws Exception {
        migration.attach(container(true, false));
        assertThat(migration.hears(Attached.class).container()).isTrue();
    }

    @Test
    void containerThatCannotBeRestoredIsRefusedBeforeAnythingIsAccepted() throws Exception {
        migration.restore.impossible = Optional.of("there is no bundle");
        migration.attach(container(true, false));
        assertThat(migration.hears(Abort.class))
                .isEqualTo(
                        new Abort(
                                CloseReason.RESTORE_NOT_ALLOWED,
                                "there is no bundle",
                                Optional.empty()));
        assertThat(migration.heardSoFar()).noneMatch(Attached.class::isInstance);
        migration.over();
    }

    @Test
    void bundleIsNotNeededForAContainersImagesOnly() throws Exception {
        migration.restore.impossible = Optional.of("there is no bundle");
        migration.attach(container(false, false));
        assertThat(migration.hears(Attached.class).container()).isTrue();
    }

    @Test
    void containerIsRefusedForAPeerWhoseTreesAreOfOneUser() throws Exception {
        SessionPolicy policy = policy("restore: true, restore-user: root");
        assertThatThrownBy(
                        () ->
                                take(
                                        migration.services(migration.restore, policy),
                                        container(true, false)))
                .hasMessageContaining("restore-user");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "restore: true                                | false",
                "restore: true, containers: [web, 'd*c']       | false",
                "restore: true, containers: [web, 'd*']        | true",
                "restore: true, containers: ['*']              | true",
            })
    void policySaysWhichContainersAPeerMayHaveRestored(String rules, boolean allowed)
            throws Exception {
        MigrationServices services = migration.services(migration.restore, policy(rules));
        if (allowed) {
            take(services, container(true, false));
        } else {
            assertThatThrownBy(() -> take(services, container(true, false)))
                    .isInstanceOfSatisfying(
                            SessionException.class,
                            e -> assertThat(e.reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED))
                    .hasMessageContaining("the container 'db' is not this peer's");
        }
    }

    @Test
    void policyDoesNotRestrictContainersWhoseImagesAreOnlyKept() throws Exception {
        take(
                migration.services(migration.restore, policy("containers: [web]")),
                container(false, false));
    }

    @Test
    void containerIsRefusedWithoutRuncBundles() {
        Restores treesOnly = new AllowedRestores(null, null);
        assertThatThrownBy(
                        () ->
                                take(
                                        migration.services(treesOnly, SessionPolicy.ANY),
                                        container(true, false)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED))
                .hasMessageContaining("--runc-bundles");
    }

    /** The end of the pages' session may not be known yet when the first file arrives. */
    @Test
    void migrationDoesNotCountAsASessionOfThePolicy() throws Exception {
        SessionPolicy policy = policy("restore: true, max-sessions: 1");
        migration.services = migration.services(migration.restore, policy);
        SessionGrant pages = policy.admit(SOURCE, SESSION.map(SessionName::new), Optional.empty());
        migration.staged();
        pages.giveBack();
        migration.says(new Commit());
        migration.hears(Committed.class);
        migration.over();
        policy.attach(SOURCE, SESSION.map(SessionName::new));
    }

    @Test
    void secondMigrationOfASessionIsRefused() throws Exception {
        migration.attach();
        assertThatThrownBy(() -> take(migration.services, "web"))
                .hasMessageContaining("another migration");
    }

    @Test
    void onePeerCannotTakeTheSlotsOfAllMigrations() throws Exception {
        for (int i = 0; i < DestLimits.DEFAULT.migrationsPerPeer(); i++) {
            take(migration.services, "web-" + i);
        }
        assertThatThrownBy(() -> take(migration.services, "more"))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.LIMIT_EXCEEDED))
                .hasMessageContaining("--max-migrations-per-peer 8");

        PeerIdentity other = Peers.peer("other", "bb".repeat(32));
        new AttachHandler(migration.services)
                .take(migration.connection(other), migration.wanted("web-0"));
    }

    private static Attach lazy(boolean restore) {
        return new Attach("source", SESSION, restore, true, 15_000);
    }

    private static Attach mayTurnLazy(boolean restore, Optional<String> session) {
        return new Attach(
                "source",
                session,
                restore,
                false,
                15_000,
                Optional.empty(),
                Optional.empty(),
                true);
    }

    private static Attach container(boolean restore, boolean lazy) {
        return new Attach(
                "source",
                SESSION,
                restore,
                lazy,
                15_000,
                Optional.empty(),
                Optional.of("db"),
                false);
    }

    private void take(MigrationServices services, String session) {
        take(services, migration.wanted(session));
    }

    private void take(MigrationServices services, Attach attach) {
        new AttachHandler(services).take(migration.connection(SOURCE), attach);
    }

    /** A policy of one entry, for our source. */
    private PolicyFile policy(String rules) throws Exception {
        Path file = migration.folder.resolve("policy.yaml");
        Files.writeString(
                file,
                "peers: [{fingerprint: [%s], sessions: ['*'], %s}]"
                        .formatted(SOURCE.fingerprint(), rules));
        return new PolicyFile(file);
    }
}
