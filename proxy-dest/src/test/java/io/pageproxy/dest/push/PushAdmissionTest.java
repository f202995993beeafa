package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionRole;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Push sessions that are refused before anything is created for them, and grants of policies. */
@Timeout(60)
class PushAdmissionTest extends PushSessionLab {
    @Test
    void sessionBeyondTheLimitIsRefused() throws Exception {
        slots.take();
        connect();
        peerSends(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-sessions 1");
        assertThat(slots.taken()).isOne();
        slots.giveBack();
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void incompatibleHostsAreRefused() throws Exception {
        connect();
        HostFacts arm = new HostFacts("aarch64", 4096);
        peerSends(new Hello("source", arm, Optional.of("web"), Optional.empty(), 1, 1, 0));
        failed(CloseReason.INCOMPATIBLE_HOSTS);
        peerWasToldOf(CloseReason.INCOMPATIBLE_HOSTS);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void sessionWhosePagesDoNotFitIsRefused() throws Exception {
        connect();
        peerSends(helloOfBytes(Long.MAX_VALUE));
        assertThat(failed(CloseReason.NO_SPACE).message()).contains("--no-space-check");
        assertThat(imagesDir).isEmptyDirectory();
    }

    /** The file system may compress them. */
    @Test
    void sessionIsAcceptedWithoutLookingAtTheSpaceIfToldSo() throws Exception {
        spaceCheck = false;
        connect();
        peerSends(helloOfBytes(Long.MAX_VALUE));
        awaitFrame(Accept.class);
    }

    private static Hello helloOfBytes(long expected) {
        return new Hello(
                "source",
                HOST,
                Optional.of("web"),
                Optional.empty(),
                15_000,
                1,
                0,
                SessionRole.PUSH,
                Optional.empty(),
                expected);
    }

    @Test
    void invalidNameIsRefused() throws Exception {
        connect();
        peerSends(hello(Optional.of("../etc")));
        failed(CloseReason.SESSION_INVALID);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void sessionOfAnotherPeerIsRefused() throws Exception {
        policy(", max-sessions: 1");
        connect();
        peerSends(hello(Optional.of("db")));
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message()).contains("'db'");
        peerWasToldOf(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(imagesDir).isEmptyDirectory();
        assertThat(slots.taken()).isZero();
    }

    @Test
    void parentOfAnotherPeerIsRefused() throws Exception {
        policy("");
        Files.createDirectory(imagesDir.resolve("db"));
        connect();
        peerSends(new Hello("source", HOST, Optional.of("web"), Optional.of("db"), 15_000, 1, 0));
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message()).contains("parent 'db'");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void unnamedSessionRequiresASeparatePermission() throws Exception {
        policy("");
        connect();
        peerSends(hello(Optional.empty()));
        failed(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void peerWithoutAPolicyEntryIsRefused() throws Exception {
        policy("");
        peer = new PeerIdentity("source", "", PeerNames.NONE);
        connect();
        peerSends(hello(Optional.of("web")));
        failed(CloseReason.PEER_NOT_TRUSTED);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"max-session-bytes", "max-day-bytes"})
    void bytesBeyondTheLimitOfThePeerNeverReachThePageServer(String limit) throws Exception {
        long most = FIRST_IMAGE_BYTES + 63;
        policy(", " + limit + ": " + most);
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.pages(IMAGE, PageFlags.PARENT, 0, 1)));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains(limit + " " + most);
        peerWasToldOf(CloseReason.LIMIT_EXCEEDED);
        assertThat(pageServer.heard()).isEmpty();
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void imageBeyondTheLimitOfThePeerNeverReachesThePageServer() throws Exception {
        policy(", max-session-images: 1");
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("max-session-images 1");
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void sessionBeyondTheLimitOfThePeerTakesNoSlot() throws Exception {
        policy(", max-sessions: 1");
        SessionGrant other =
                policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
        connect();
        peerSends(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("max-sessions 1");
        assertThat(imagesDir).isEmptyDirectory();
        assertThat(slots.taken()).isZero();
        other.giveBack();
        policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
    }

    @Test
    void sessionWithoutASlotReleasesItsGrant() throws Exception {
        policy(", max-sessions: 1");
        slots.take();
        connect();
        peerSends(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-sessions 1");
        slots.giveBack();
        policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
    }

    @Test
    void pageServerGetsTheArgumentsOfThePeer() throws Exception {
        policy(", page-server-args: [--auto-dedup, -v4]");
        reach(Stage.READY);
        assertThat(pageServer.arguments()).containsExactly("--auto-dedup", "-v4");
    }

    @Test
    void laneWithoutASessionIsRefused() throws Exception {
        connect();
        peerSends(new Join("0".repeat(64), 1));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("no session of this");
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        assertThat(imagesDir).isEmptyDirectory();
    }
}
