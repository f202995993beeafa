package io.pageproxy.source;

import io.pageproxy.codec.AutoEfforts;
import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.Effort;
import io.pageproxy.codec.Efforts;
import io.pageproxy.codec.Lessons;
import io.pageproxy.codec.LinkPace;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
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
     * @param lessons of earlier sessions to the same destination
     * @throws SessionException INCOMPATIBLE_HOSTS where the destination lacks the codec asked for;
     *     TUNNEL_PROTOCOL where it counts other earlier pages than the source
     */
    static BlockEncoder of(
            SessionPlan plan, Accept accept, LinkPace link, int processors, Lessons lessons) {
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
        Efforts efforts =
                plan.codec()
                        .effort()
                        .map(effort -> fixed(effort, decodable))
                        .orElseGet(() -> new AutoEfforts(link, decodable, processors, lessons));
        return new BlockEncoder(efforts, pages(plan, accept));
    }

    private static Efforts fixed(Effort effort, Set<BlockCodec> decodable) {
        if (!decodable.contains(effort.codec())) {
            throw new SessionException(
                    CloseReason.INCOMPATIBLE_HOSTS,
                    "the destination cannot decode --codec "
                            + effort.codec().label()
                            + "; choose another, or auto");
        }
        return Efforts.always(effort);
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
