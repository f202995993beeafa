package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The states of a push session against what can happen in each of them. */
@Timeout(60)
class PushSessionTest extends PushSessionLab {
    @Test
    void successfulSessionSendsItsFramesInOrder() throws Exception {
        reach(Stage.REPORTED);
        assertThat(peerHeard)
                .extracting(frame -> frame.getClass().getSimpleName())
                .containsExactly("Accept", "Answer", "Result");
        assertThat(session.report()).isNotDone();
        peerSends(new Delivered(true));
        SessionReport report = over();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(report.totals()).isEqualTo(TOTALS);
        assertThat(report.pageServerExit()).isEqualTo(OptionalInt.of(0));
        assertThat(report.session()).contains("web");
        assertThat(report.peerName()).contains("source");
        assertThat(folder().resolve(".incomplete")).doesNotExist();
        assertThat(folder().resolve("pagemap-1.img")).exists();
    }

    @Test
    void sessionOfUnknownDumpOutcomeEndsAsPagesComplete() throws Exception {
        reach(Stage.REPORTED);
        peerSends(new Delivered(false));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(over().outcome().message()).contains("pages complete");
        assertThat(mark()).doesNotExist();
    }

    @Test
    void failedDumpLeavesItsImagesMarked() throws Exception {
        reach(Stage.REPORTED);
        peerSends(new Abort(CloseReason.DUMP_FAILED, "exit 1", Optional.empty()));
        assertThat(failed(CloseReason.DUMP_FAILED).message()).isEqualTo("exit 1");
        assertThat(mark()).content().contains("dump_failed: exit 1");
    }

    @Test
    void streamWithoutProcessesIsAFailedDump() throws Exception {
        reach(Stage.READY);
        peerSends(new Open(RecordLayout.BYTES_32));
        peerSends(block(PageRecord.of(PageCommand.PARENT, IMAGE)));
        pageServer.says("00000000");
        awaitFrame(Answer.class);
        peerSends(block(PageRecord.end(PageCommand.CLOSE)));
        peerSends(new End(new StreamTotals(64, 2, 0, 0, 0, 0), encoder.checksum()));
        failed(CloseReason.DUMP_FAILED);
        peerWasToldOf(CloseReason.DUMP_FAILED);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void abortOfAnIdleSourceIsAcceptedBeforeTheStream() throws Exception {
        reach(Stage.READY);
        peerSends(new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()));
        assertThat(failed(CloseReason.STOPPED_IDLE).side()).isEqualTo(Side.SOURCE);
        assertThat(over().exitCode()).as("of a dest --once").isOne();
    }

    @Test
    void abortDuringTheStreamIsNeverIdle() throws Exception {
        reach(Stage.STREAMING);
        peerSends(new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()));
        failed(CloseReason.SHUTDOWN);
    }

    static Stream<Arguments> unexpectedFrames() {
        return Stream.of(Stage.values())
                .flatMap(
                        stage ->
                                Stream.of(
                                                hello(Optional.of("other")),
                                                new Accept(
                                                        "",
                                                        "",
                                                        RecordLayout.BYTES_32,
                                                        "",
                                                        1,
                                                        Accept.STORED_AND_LZ4,
                                                        OptionalLong.empty(),
                                                        0,
                                                        LaneGrant.ONE),
                                                new Open(RecordLayout.BYTES_24),
                                                new Block(
                                                        0,
                                                        0,
                                                        0,
                                                        1,
                                                        0,
                                                        Unpooled.wrappedBuffer(new byte[1])),
                                                new Answer(1, 0),
                                                new End(TOTALS, 0),
                                                new Result(0, 1, 0, 0),
                                                new Delivered())
                                        .filter(frame -> !isExpected(stage, frame))
                                        .map(frame -> Arguments.of(stage, frame)));
    }

    private static boolean isExpected(Stage stage, Frame frame) {
        return switch (stage) {
            case READY -> frame instanceof Open;
            case STREAMING -> frame instanceof Block || frame instanceof End;
            case REPORTED -> frame instanceof Delivered;
            default -> false;
        };
    }

    @ParameterizedTest
    @MethodSource("unexpectedFrames")
    void unexpectedFrameFailsTheSession(Stage stage, Frame frame) throws Exception {
        reach(stage);
        peerSends(frame);
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message())
                .contains(frame.getClass().getSimpleName());
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource
    void lostTunnelLeavesNothing(Stage stage) throws Exception {
        reach(stage);
        onLoop(wire::close);
        tunnelFails();
        String message = failed(CloseReason.PEER_LOST).message();
        assertThat(message.contains("before a restore")).isEqualTo(stage == Stage.REPORTED);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource
    void abortOfTheSourceLeavesNothing(Stage stage) throws Exception {
        reach(stage);
        peerSends(new Abort(CloseReason.DUMPER_LOST, "gone", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).side()).isEqualTo(Side.SOURCE);
        nothingIsLeft(stage);
    }

    /**
     * Only one session is allowed at a time, and every end returns its slot, whatever the state.
     */
    @ParameterizedTest
    @EnumSource
    void grantIsReleasedHoweverTheSessionEnds(Stage stage) throws Exception {
        policy(", max-sessions: 1");
        reach(stage);
        fail(CloseReason.SHUTDOWN, "told to stop");
        failed(CloseReason.SHUTDOWN);
        SessionName web = new SessionName("web");
        policy.admit(peer, Optional.of(web), Optional.empty());
        assertThatThrownBy(() -> policy.admit(peer, Optional.of(web), Optional.empty()))
                .hasMessageContaining("max-sessions 1");
    }

    /** The source only reports this if its dumper was not told of success, so its tasks run on. */
    @Test
    void imagesAreMarkedAgainIfTheDumperReceivedAFailure() throws Exception {
        reach(Stage.REPORTED);
        assertThat(mark()).doesNotExist();
        peerSends(new Abort(CloseReason.DUMPER_LOST, "the dumper left", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).message()).isEqualTo("the dumper left");
        assertThat(mark()).content().contains("dumper_lost: the dumper left");
    }

    @Test
    void imagesAreMarkedAgainIfTheSessionFailsWhileMarking() throws Exception {
        reach(Stage.CHECKING);
        await().until(workers::letOneGo);
        await().until(() -> session.stateName().equals("marking"));
        tunnelFails();
        failed(CloseReason.PEER_LOST);
        assertThat(mark()).content().contains("peer_lost: the tunnel was cut");
    }

    @Test
    void outcomeWarnsAboutImagesThatCannotBeMarkedAgain() throws Exception {
        reach(Stage.REPORTED);
        Files.createDirectory(mark());
        peerSends(new Abort(CloseReason.DUMPER_LOST, "the dumper left", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).message())
                .contains("the dumper left; do not restore its images")
                .contains("could not be marked");
    }

    @Test
    void pageServerThatCannotStartLeavesNothing() throws Exception {
        pageServer.refuse(new IOException("no such program"));
        connect();
        peerSends(hello(Optional.of("web")));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("no such program");
        nothingIsLeft(Stage.PREPARING);
    }

    @Test
    void folderWithImagesIsRefusedAndUnchanged() throws Exception {
        Path image = Files.createDirectory(folder()).resolve("pages-1.img");
        Files.writeString(image, "precious");
        connect();
        peerSends(hello(Optional.of("web")));
        failed(CloseReason.IMAGES_DIR_REFUSED);
        assertThat(image).hasContent("precious");
        assertThat(folder().resolve(".incomplete")).doesNotExist();
    }

    @Test
    void pageServerThatCannotStartAfterTheEndLeavesNothing() throws Exception {
        pageServer.refuse(new IOException("no such program"));
        reach(Stage.PREPARING);
        fail(CloseReason.SHUTDOWN, "told to stop");
        failed(CloseReason.SHUTDOWN);
        nothingIsLeft(Stage.PREPARING);
    }

    @Test
    void imagesOfAMigrationAreHandedOverWithTheirMark() throws Exception {
        migrations.waiting = true;
        reach(Stage.REPORTED);
        assertThat(migrations.folder.path()).isEqualTo(folder().toRealPath());
        assertThat(mark()).exists();
        peerSends(new Delivered(true));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(migrations.failure).isNull();
    }

    @Test
    void migrationFailsIfTheDumpFailsAfterItsImagesWereHandedOver() throws Exception {
        migrations.waiting = true;
        reach(Stage.REPORTED);
        peerSends(new Abort(CloseReason.DUMP_FAILED, "exit 1", Optional.empty()));
        failed(CloseReason.DUMP_FAILED);
        assertThat(migrations.failure.reason()).isEqualTo(CloseReason.DUMP_FAILED);
    }

    @Test
    void imagesOfAFailedMigrationFailTheSession() throws Exception {
        migrations.waiting = true;
        reach(Stage.CHECKING);
        migrations.waiting = false;
        assertThat(failed(CloseReason.DUMP_FAILED).message())
                .contains("migration of these pages has failed");
        assertThat(mark()).exists();
    }

    @Test
    void sessionOfAMigrationIsNeverIdle() throws Exception {
        migrations.waiting = true;
        reach(Stage.READY);
        onLoop(() -> assertThat(session.idle()).isFalse());
        peerSends(new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()));
        failed(CloseReason.SHUTDOWN);
    }
}
