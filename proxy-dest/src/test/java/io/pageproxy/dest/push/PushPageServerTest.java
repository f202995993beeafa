package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a page server may do in each state of a push session. */
@Timeout(60)
class PushPageServerTest extends PushSessionLab {
    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "STREAMING"})
    void earlyExitFailsTheSession(Stage stage) throws Exception {
        reach(stage);
        pageServer.exits(ExitStatus.exited(0));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("exit 0");
        peerWasToldOf(CloseReason.PAGE_SERVER_FAILED);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "CLOSING"})
    void stalledPageServerIsKilled(Stage stage) throws Exception {
        pageServerTimeout = Duration.ofMillis(200);
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        try {
            pageServer.isProcess(sleeping.pid());
            reach(stage);
            if (stage == Stage.READY) {
                peerSends(new Open(RecordLayout.BYTES_32));
                peerSends(block(PageRecord.of(PageCommand.OPEN2, IMAGE))); // and no answer
            }
            await().until(pageServer::hasEnded);
            assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message())
                    .contains("has done nothing")
                    .contains("--page-server-timeout");
            peerWasToldOf(CloseReason.PAGE_SERVER_FAILED);
            nothingIsLeft(stage);
        } finally {
            sleeping.destroyForcibly();
        }
    }

    /** It may be inactive for as long as the dumper sends nothing. */
    @Test
    void idlePageServerIsNotStalled() throws Exception {
        pageServerTimeout = Duration.ofMillis(50);
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        try {
            pageServer.isProcess(sleeping.pid());
            reach(Stage.STREAMING);
            await().during(Duration.ofMillis(300)).until(() -> !session.report().isDone());
            assertThat(pageServer.hasEnded()).isFalse();
        } finally {
            sleeping.destroyForcibly();
        }
    }

    @Test
    void pageServerThatCannotBeKilledIsReported() throws Exception {
        pageServer.cannotBeKilled();
        reach(Stage.STREAMING);
        fail(CloseReason.SESSION_TIMEOUT, "too long");
        assertThat(failed(CloseReason.SESSION_TIMEOUT).message()).contains("cannot be killed");
        assertThat(mark()).content().contains("too long");
    }

    @Test
    void pageServerKilledAfterCloseFailsTheSession() throws Exception {
        reach(Stage.CLOSING);
        pageServer.writesImages();
        pageServer.exits(ExitStatus.killed(9));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("SIGKILL");
        assertThat(over().pageServerExit()).isEqualTo(OptionalInt.of(137));
        assertThat(folder().resolve(".incomplete")).exists();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "STREAMING", "CLOSING"})
    void unexpectedAnswerFailsTheSession(Stage stage) throws Exception {
        reach(stage);
        pageServer.says("01");
        failed(CloseReason.PAGE_SERVER_FAILED);
        nothingIsLeft(stage);
    }

    @Test
    void statusBeforeCloseFailsTheSession() throws Exception {
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.end(PageCommand.CLOSE)));
        pageServer.says("00000000");
        failed(CloseReason.PAGE_SERVER_FAILED);
        assertThat(peerHears()).filteredOn(Answer.class::isInstance).hasSize(1);
    }

    @Test
    void badStatusFailsTheSession() throws Exception {
        reach(Stage.CLOSING);
        pageServer.says("ffffffff");
        failed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void missingImagesFailTheSession() throws Exception {
        reach(Stage.CLOSING);
        pageServer.says("00000000");
        pageServer.exits(ExitStatus.exited(0));
        failed(CloseReason.IMAGES_NOT_WHOLE);
        peerWasToldOf(CloseReason.IMAGES_NOT_WHOLE);
        assertThat(peerHeard).noneMatch(Result.class::isInstance);
    }

    @Test
    void tunnelIsNotReadWhileAnswersOrThePageServerAreHeldUp() throws Exception {
        reach(Stage.STREAMING);
        onLoop(() -> session.onWritabilityChanged(false));
        assertThat(wire.config().isAutoRead()).isFalse();
        onLoop(() -> session.onPageServerWritable(false));
        onLoop(() -> session.onWritabilityChanged(true));
        assertThat(wire.config().isAutoRead()).as("while the page server is slow").isFalse();
        onLoop(() -> session.onPageServerWritable(true));
        assertThat(wire.config().isAutoRead()).isTrue();
    }
}
