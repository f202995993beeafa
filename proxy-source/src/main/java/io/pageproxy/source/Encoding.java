package io.pageproxy.source;

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
import io.pageproxy.source.adaptive.LinkHistory;
import io.pageproxy.source.adaptive.LinkMetrics;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** How a session's blocks are coded: what was asked for, as far as the destination can decode. */
final class Encoding {
    private Encoding() {}

    /**
     * The encoder of a session that was accepted.
     *
     * @param processors so many blocks are compressed at a time
     * @param history of earlier sessions to the same destination
     * @throws SessionException INCOMPATIBLE_HOSTS where the destination lacks the codec asked for;
     *     TUNNEL_PROTOCOL where it counts other earlier pages than the source
     */
    static BlockEncoder of(
            SessionPlan plan,
            Accept accept,
            LinkMetrics link,
            int processors,
            LinkHistory history) {
        if (accept.earlierPages() == 0) {
            plan.earlier().ifPresent(earlier -> earlier.pages().close());
        } else if (accept.earlierPages() != plan.hello().knownPages()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination counts "
                            + accept.earlierPages()
                            + " earlier pages, the source "
                            + plan.hello().knownPages());
        }
        Set<BlockCodec> decodable = EnumSet.noneOf(BlockCodec.class);
        for (BlockCodec codec : BlockCodec.values()) {
            if ((accept.codecs() >> codec.code() & 1) != 0) {
                decodable.add(codec);
            }
        }
        LevelSelector selector =
                plan.codec()
                        .level()
                        .map(level -> fixed(level, decodable))
                        .orElseGet(
                                () ->
                                        new AdaptiveCompression(
                                                link, decodable, processors, history));
        return new BlockEncoder(selector, pages(plan, accept));
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

    private static Optional<PageDeduplicator> pages(SessionPlan plan, Accept accept) {
        if (plan.codec() == CodecChoice.NONE || accept.referenceDistanceBytes().isEmpty()) {
            return Optional.empty();
        }
        PageDeduplicator pages =
                accept.earlierPages() > 0
                        ? plan.earlier().orElseThrow().pages()
                        : new PageDeduplicator(
                                plan.hello().host().pageSizeBytes(), plan.pageWindowBytes());
        long distanceBytes = accept.referenceDistanceBytes().getAsLong();
        pages.begin(accept.earlierPages(), distanceBytes, plan.inChain());
        return Optional.of(pages);
    }
}
