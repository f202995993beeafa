package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.Compressors;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.adaptive.FakeLinkMetrics;
import io.pageproxy.source.adaptive.SharedLink;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the plan of a session and the destination's Accept make of its encoder. */
class EncoderFactoryTest {
    private static final int PAGE = 4096;
    private static final long KNOWN_PAGES = 7;
    private static final OptionalLong DISTANCE = OptionalLong.of(1 << 20);

    private final Compressors compressors = new Compressors(UnpooledByteBufAllocator.DEFAULT, 1);
    private final PageDeduplicator earlier = new PageDeduplicator(PAGE, 0);
    private final SharedResources shared =
            new SharedResources(
                    (destination, lane) -> {
                        throw new AssertionError("no further lane");
                    },
                    compressors,
                    new SharedLink());

    @AfterEach
    void close() {
        compressors.close();
        earlier.close();
    }

    private SessionPlan plan(CodecChoice codec) {
        Hello hello =
                new Hello(
                        "source",
                        new HostFacts("x86_64", PAGE),
                        Optional.of("web"),
                        Optional.of("before"),
                        15_000,
                        1,
                        KNOWN_PAGES);
        return new SessionPlan(
                new Endpoint.Tcp(new HostPort("dest", 1)),
                hello,
                codec,
                1 << 20,
                Optional.of(new EarlierSessions(earlier, KNOWN_PAGES)),
                true,
                DumpJudge.NOBODY,
                Optional.empty());
    }

    private static Accept accept(long codecs, OptionalLong referenceDistance, long earlierPages) {
        return new Accept(
                "dest",
                "4.2",
                RecordLayout.BYTES_32,
                "/srv/web",
                15_000,
                codecs,
                referenceDistance,
                earlierPages,
                LaneGrant.ONE);
    }

    private static EncoderFactory factory(SessionPlan plan, Accept accept) {
        return new EncoderFactory(plan, accept);
    }

    private Optional<PageDeduplicator> deduplicator(
            CodecChoice codec, OptionalLong distance, long earlierPages) {
        Accept accept = accept(Accept.STORED_AND_LZ4, distance, earlierPages);
        return factory(plan(codec), accept).deduplicator();
    }

    @Test
    void destinationWithAnotherCountOfEarlierPagesIsRefused() {
        Accept accept = accept(Accept.STORED_AND_LZ4, DISTANCE, KNOWN_PAGES + 1);
        assertThatThrownBy(() -> factory(plan(CodecChoice.AUTO), accept))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContainingAll("8 earlier pages", "the source 7");
    }

    @Test
    void codecThatTheDestinationCannotDecodeIsRefused() {
        Accept accept = accept(Accept.STORED_AND_LZ4, DISTANCE, 0);
        EncoderFactory factory = factory(plan(CodecChoice.ZSTD), accept);
        assertThatThrownBy(() -> factory.encoder(shared, new FakeLinkMetrics(1)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.INCOMPATIBLE_HOSTS))
                .hasMessageContaining("--codec zstd");
    }

    @Test
    void chainContinuesWithTheSameDeduplicator() {
        assertThat(deduplicator(CodecChoice.LZ4, DISTANCE, KNOWN_PAGES)).contains(earlier);
    }

    @Test
    void newChainHasANewDeduplicator() {
        assertThat(deduplicator(CodecChoice.LZ4, DISTANCE, 0))
                .hasValueSatisfying(pages -> assertThat(pages).isNotSameAs(earlier))
                .hasValueSatisfying(PageDeduplicator::close);
    }

    @Test
    void pagesAreSentWholeWithoutACodecOrReferences() {
        assertThat(deduplicator(CodecChoice.NONE, DISTANCE, 0)).isEmpty();
        assertThat(deduplicator(CodecChoice.LZ4, OptionalLong.empty(), 0)).isEmpty();
    }
}
