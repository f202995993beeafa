package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.dest.references.WrittenPages;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page stream of a push session: its protocol, its limits, its lanes and its references. */
@Timeout(60)
class PushStreamTest extends PushSessionLab {
    @Test
    void endBeforeCloseIsRefused() throws Exception {
        reach(Stage.STREAMING);
        peerSends(new End(new StreamTotals(32, 1, 1, 0, 0, 0), encoder.checksum()));
        failed(CloseReason.TUNNEL_PROTOCOL);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void endWithOtherTotalsSendsNoClose() throws Exception {
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.end(PageCommand.CLOSE)));
        peerSends(new End(new StreamTotals(64, 2, 1, 0, 1, 0), encoder.checksum()));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("pages=1");
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void endWithAnotherChecksumSendsNoClose() throws Exception {
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.end(PageCommand.CLOSE)));
        peerSends(new End(TOTALS, ~encoder.checksum()));
        failed(CloseReason.CHECKSUM_MISMATCH);
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void invalidPageStreamIsAProtocolErrorOfTheDumper() throws Exception {
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.pages(new ImageId(Kind.PROCESS, 2), 4, 0, 1)));
        failed(CloseReason.DUMPER_PROTOCOL);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void truncatedRecordIsAProtocolErrorOfTheSource() throws Exception {
        reach(Stage.STREAMING);
        peerSends(block(Unpooled.wrappedBuffer(new byte[5])));
        failed(CloseReason.TUNNEL_PROTOCOL);
    }

    @Test
    void streamBeyondTheLimitIsRefused() throws Exception {
        maxSessionBytes = FIRST_IMAGE_BYTES + 63;
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.end(PageCommand.CLOSE)));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message())
                .contains("--max-session-bytes " + maxSessionBytes);
    }

    @Test
    void imageBeyondTheLimitNeverReachesThePageServer() throws Exception {
        maxSessionImages = 1;
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-session-images 1");
        peerWasToldOf(CloseReason.LIMIT_EXCEEDED);
        assertThat(pageServer.heard()).isEmpty();
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void filesOfAnImageCountAsBytesOfTheSession() throws Exception {
        maxSessionBytes = FIRST_IMAGE_BYTES + 8191;
        reach(Stage.STREAMING);
        peerSends(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message())
                .contains("--max-session-bytes " + maxSessionBytes);
        assertThat(pageServer.heard()).isEmpty();
    }

    private Hello helloOfLanes(int lanes) {
        return new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000, lanes, 0);
    }

    @Test
    void lanesAreLimitedAndAStreamWithoutAllLanesIsRefused() throws Exception {
        connect();
        peerSends(helloOfLanes(16));
        awaitFrame(Accept.class);
        assertThat(peerHeard)
                .last()
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.grant().lanes()).isEqualTo(3));
        assertThat(registry.size()).isOne();
        peerSends(new Open(RecordLayout.BYTES_32));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("lane 1 has not joined");
        assertThat(over().figures().lanes()).isEqualTo(3);
        await().until(() -> registry.size() == 0);
    }

    @Test
    void blockWhosePagesAreReadByAWorkerKeepsItsPlaceInTheOrder() throws Exception {
        secondRound(new byte[] {7});
        workers.hold();
        peerSends(secondPage());
        assertThat(wire.config().isAutoRead()).as("reads on").isFalse();
        assertThat(pageServer.heard()).isEmpty();
        workers.letGo();
        await().until(() -> wire.config().isAutoRead());
        String record = pageServer.heard();
        assertThat(record).hasSize(2 * (32 + HOST.pageSizeBytes())).endsWith("07".repeat(4096));
        peerSends(new End(new StreamTotals(0, 0, 0, 0, 0, 0), 0));
        failed(CloseReason.TUNNEL_PROTOCOL);
    }

    @Test
    void pageThatCannotBeReadBackFailsTheSession() throws Exception {
        secondRound(new byte[0]);
        peerSends(secondPage());
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("pages-1.img");
    }

    @Test
    void checksumIsCheckedAfterPagesWereReadBack() throws Exception {
        secondRound(new byte[] {8});
        peerSends(secondPage());
        failed(CloseReason.CHECKSUM_MISMATCH);
    }

    @Test
    void sessionThatEndsWhileAWorkerReadsItsPagesClosesTheFilesAfterIt() throws Exception {
        secondRound(new byte[] {7});
        workers.hold();
        peerSends(secondPage());
        peerSends(new Abort(CloseReason.DUMPER_LOST, "gone", Optional.empty()));
        failed(CloseReason.DUMPER_LOST);
    }

    /** Begins a session whose parent has one page of that byte; if empty, its page is missing. */
    private void secondRound(byte[] pageByte) throws Exception {
        Path parent = Files.createDirectory(imagesDir.resolve("before"));
        byte[] page = new byte[pageByte.length * HOST.pageSizeBytes()];
        if (pageByte.length > 0) {
            Arrays.fill(page, pageByte[0]);
        }
        Files.write(parent.resolve("pages-1.img"), page);
        Files.createFile(parent.resolve("pagemap-1.img"));
        WrittenPages first = new WrittenPages(HOST.pageSizeBytes());
        first.begin(parent.toRealPath(), List.of());
        first.onRecord(PageRecord.of(PageCommand.OPEN2, IMAGE));
        first.onRecord(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 1));
        chains.add(first, peer.fingerprint());
        connect();
        peerSends(
                new Hello(
                        "source",
                        HOST,
                        Optional.of("web"),
                        Optional.of("before"),
                        15_000,
                        1,
                        1,
                        SessionRole.PUSH));
        awaitFrame(Accept.class);
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.earlierPages()).isOne());
        peerSends(new Open(RecordLayout.BYTES_32));
        peerSends(block(PageRecord.of(PageCommand.OPEN2, IMAGE)));
        pageServer.says("00");
        awaitFrame(Answer.class);
        assertThat(pageServer.heard()).hasSize(2 * 32);
    }

    /** A block of one page filled with the byte 7, which the previous round has sent. */
    private static Block secondPage() {
        byte[] page = new byte[HOST.pageSizeBytes()];
        Arrays.fill(page, (byte) 7);
        ByteBuf content = Unpooled.directBuffer();
        RecordLayout.BYTES_32.write(PageRecord.of(PageCommand.OPEN2, IMAGE), content);
        CRC32C checksum = new CRC32C();
        checksum.update(content.nioBuffer());
        content.clear();
        RecordLayout.BYTES_32.write(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 1), content);
        checksum.update(content.nioBuffer());
        checksum.update(page);
        content.writeInt(32).writeInt(1).writeLong(0);
        int rawBytes = 32 + page.length;
        return new Block(1, 0, 1, rawBytes, (int) checksum.getValue(), content);
    }
}
