package io.pageproxy.dest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.MigrationResult.Pause;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MigrationEventsTest {
    private static final Outcome GOOD = Outcome.completed(Side.DESTINATION, "the tree runs here");
    private static final MigrationResult RESULT = new MigrationResult(OptionalLong.of(7), 3, 0.5);

    private final MigrationEvents events = new MigrationEvents();
    private final Scripted files = new Scripted("a", "web", "source", true);
    private final Scripted pages = new Scripted("a", "web", "source", false);

    /** A session that carries 10 pages if it is that of the pages. */
    private record Scripted(String id, String session, String peer, boolean decidesMigration)
            implements ServedSession {
        @Override
        public SessionFigures figures() {
            return new SessionFigures(
                    Side.DESTINATION,
                    Optional.of(session),
                    Optional.of(new AuthenticatedPeer(peer, "", "")),
                    "192.0.2.1:9",
                    decidesMigration ? StreamTotals.NONE : new StreamTotals(40_960, 2, 1, 0, 10, 0),
                    100,
                    1000,
                    1,
                    decidesMigration ? 0.1 : 2.0,
                    false,
                    CodingTotals.NONE,
                    4096,
                    Optional.of("/images/web"),
                    Optional.ofNullable(id),
                    Instant.EPOCH.plusSeconds(decidesMigration ? 0 : 1));
        }

        SessionReport over(Outcome outcome, int second) {
            SessionReport report =
                    new SessionReport(
                            figures(),
                            outcome,
                            decidesMigration ? OptionalInt.empty() : OptionalInt.of(0),
                            OptionalInt.empty(),
                            Instant.EPOCH.plusSeconds(second),
                            Optional.empty());
            return decidesMigration ? report.ofMigration(RESULT) : report;
        }

        @Override
        public EventLoop loop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<SessionReport> report() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean streaming() {
            return true;
        }

        @Override
        public String stateName() {
            return "scripted";
        }

        @Override
        public boolean idle() {
            return false;
        }

        @Override
        public void fail(CloseReason reason, String message) {
            throw new UnsupportedOperationException();
        }
    }

    private static Outcome failure(CloseReason reason) {
        return Outcome.failed(Side.DESTINATION, reason, "no");
    }

    @Test
    void bothSessionsOfAMigrationAreOneEvent() {
        events.begins(files);
        events.begins(pages);
        assertThat(events.ended(pages, pages.over(GOOD, 3))).isEmpty();
        SessionReport event = events.ended(files, files.over(GOOD, 5)).orElseThrow();
        assertThat(event.outcome()).isEqualTo(GOOD);
        assertThat(event.migration()).hasValue(RESULT);
        assertThat(event.totals().pages()).isEqualTo(10);
        assertThat(event.seconds()).as("of the pages").isEqualTo(2.0);
        assertThat(event.figures().wireBytesReceived()).isEqualTo(2000);
        assertThat(event.pageServerExit()).hasValue(0);
        assertThat(event.figures().started()).isEqualTo(Instant.EPOCH);
        assertThat(event.ended()).isEqualTo(Instant.EPOCH.plusSeconds(5));
    }

    /** Pages came in the two seconds before the third; files from the fourth until the sixth. */
    @Test
    void downtimeBeginsWithTheFirstPage() {
        Instant runs = Instant.EPOCH.plusSeconds(6);
        Pause pause = new Pause(Instant.EPOCH.plusSeconds(4), runs);
        MigrationResult result =
                new MigrationResult(OptionalLong.of(7), 3, 0.5, Optional.of(pause));
        events.begins(files);
        events.begins(pages);
        events.ended(pages, pages.over(GOOD, 3));
        SessionReport event =
                events.ended(files, files.over(GOOD, 6).ofMigration(result)).orElseThrow();
        assertThat(event.migration().orElseThrow().pause())
                .hasValue(new Pause(Instant.EPOCH.plusSeconds(1), runs));
    }

    /** Lazy: the pages come when the tree is being restored, and after that. */
    @Test
    void downtimeBeginsWithTheFirstFileIfPagesComeLater() {
        Pause pause = new Pause(Instant.EPOCH.plusSeconds(4), Instant.EPOCH.plusSeconds(6));
        MigrationResult result =
                new MigrationResult(OptionalLong.of(7), 3, 0.5, Optional.of(pause));
        events.begins(files);
        events.begins(pages);
        events.ended(files, files.over(GOOD, 8).ofMigration(result));
        SessionReport event = events.ended(pages, pages.over(GOOD, 7)).orElseThrow();
        assertThat(event.migration().orElseThrow().pause()).hasValue(pause);
    }

    @Test
    void eventWaitsForThePagesIfTheyEndLast() {
        events.begins(files);
        events.begins(pages);
        Outcome cause = failure(CloseReason.RESTORE_FAILED);
        assertThat(events.ended(files, files.over(cause, 3))).isEmpty();
        SessionReport event =
                events.ended(pages, pages.over(failure(CloseReason.PEER_LOST), 4)).orElseThrow();
        assertThat(event.outcome()).isEqualTo(cause);
        assertThat(event.ended()).isEqualTo(Instant.EPOCH.plusSeconds(4));
    }

    @Test
    void failureThatCameFirstTellsTheCause() {
        events.begins(files);
        events.begins(pages);
        Outcome cause = failure(CloseReason.NO_SPACE);
        events.ended(pages, pages.over(cause, 3));
        assertThat(events.ended(files, files.over(failure(CloseReason.PEER_LOST), 4)))
                .get()
                .extracting(SessionReport::outcome)
                .isEqualTo(cause);
    }

    @Test
    void migrationThatEndsBeforeItsPagesBeginIsAnEvent() {
        events.begins(files);
        assertThat(events.ended(files, files.over(failure(CloseReason.PEER_LOST), 1))).isPresent();
        events.begins(pages);
        assertThat(events.ended(pages, pages.over(GOOD, 2))).isPresent();
    }

    @Test
    void sessionsOfOthersAreTheirOwnEvents() {
        events.begins(files);
        for (Scripted other :
                new Scripted[] {
                    new Scripted("a", "web", "stranger", false),
                    new Scripted("b", "web", "source", false),
                    new Scripted("a", "web-1", "source", false),
                    new Scripted(null, "web", "source", false)
                }) {
            events.begins(other);
            assertThat(events.ended(other, other.over(GOOD, 2))).as("%s", other).isPresent();
        }
        events.begins(pages);
        assertThat(events.ended(pages, pages.over(GOOD, 2))).isEmpty();
    }
}
