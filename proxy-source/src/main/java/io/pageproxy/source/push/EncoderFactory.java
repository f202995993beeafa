package io.pageproxy.source.push;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.adaptive.AdaptiveCompression;
import io.pageproxy.source.adaptive.LinkMetrics;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the encoder and the deduplicator of an accepted session: what the plan asks for, as far as
 * the destination can decode it.
 */
final class EncoderFactory {
    private final SessionPlan plan;
    private final Accept accept;

    /**
     * A factory for one session.
     *
     * @throws SessionException TUNNEL_PROTOCOL if the destination counts other earlier pages than
     *     the source
     */
    EncoderFactory(SessionPlan plan, Accept accept) {
        this.plan = plan;
        this.accept = accept;
        if (accept.earlierPages() != 0 && accept.earlierPages() != plan.hello().knownPages()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination counts "
                            + accept.earlierPages()
                            + " earlier pages, the source "
                            + plan.hello().knownPages());
        }
    }

    /**
     * The encoder.
     *
     * @param metrics of the session's lanes
     * @throws SessionException INCOMPATIBLE_HOSTS if the destination lacks the codec asked for
     */
    BlockEncoder encoder(SharedResources shared, LinkMetrics metrics) {
        Set<BlockCodec> decodable = decodable();
        return new BlockEncoder(
                plan.codec()
                        .level()
                        .map(level -> fixed(level, decodable))
                        .orElseGet(() -> adaptive(shared, metrics, decodable)));
    }

    private Set<BlockCodec> decodable() {
        Set<BlockCodec> decodable = EnumSet.noneOf(BlockCodec.class);
        for (BlockCodec codec : BlockCodec.values()) {
            if ((accept.codecs() >> codec.code() & 1) != 0) {
                decodable.add(codec);
            }
        }
        return decodable;
    }

    private static LevelSelector adaptive(
            SharedResources shared, LinkMetrics metrics, Set<BlockCodec> decodable) {
        return new AdaptiveCompression(
                shared.link().seenBy(metrics),
                decodable,
                shared.compressors().threads(),
                shared.link().history());
    }

    private static LevelSelector fixed(CompressionLevel level, Set<BlockCodec> decodable) {
        if (!decodable.contains(level.codec())) {
            throw new SessionException(
                    CloseReason.INCOMPATIBLE_HOSTS,
                    "the destination cannot decode --codec "
                            + level.codec().label()
                            + "; choose another, or auto");
        }
        return LevelSelector.fixed(level);
    }

    /**
     * The deduplicator; empty if blocks are sent with all their pages. It takes over what the plan
     * knows of earlier sessions, or closes that if the destination does not build on them.
     */
    Optional<PageDeduplicator> deduplicator() {
        boolean continues = accept.earlierPages() > 0;
        if (!continues) {
            plan.earlier().ifPresent(earlier -> earlier.pages().close());
        }
        if (plan.codec() == CodecChoice.NONE || accept.referenceDistanceBytes().isEmpty()) {
            return Optional.empty();
        }
        PageDeduplicator pages =
                continues
                        ? plan.earlier().orElseThrow().pages()
                        : new PageDeduplicator(
                                plan.hello().host().pageSizeBytes(), plan.pageWindowBytes());
        long distanceBytes = accept.referenceDistanceBytes().getAsLong();
        pages.begin(accept.earlierPages(), distanceBytes, plan.inChain());
        return Optional.of(pages);
    }
}
