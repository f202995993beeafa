package io.pageproxy.dest.push;

import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.dest.lanes.LaneRegistry;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.references.WrittenStream;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.PushedPages;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.peer.PeerIdentity;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What all push sessions share; thread-safe.
 *
 * @param config the configuration
 * @param admissions decides who may have a session
 * @param policy is asked again before the stream begins
 * @param pageServers starts page servers
 * @param lanes where further lanes find their session
 * @param chains the pages of finished sessions that later ones may refer to
 * @param migrations receives images that a migration waits for
 * @param workers threads for blocking work
 */
public record PushServices(
        DestConfig config,
        Admissions admissions,
        SessionPolicy policy,
        PageServers pageServers,
        LaneRegistry lanes,
        WrittenChains chains,
        PushedPages migrations,
        Executor workers) {

    /** ACCEPT for a session whose pages go to that page server. */
    Accept accept(PageServers servers, Path folder, long earlierPages, LaneGrant grant) {
        return new Accept(
                config.agent(),
                servers.version(),
                servers.layout(),
                folder.toString(),
                config.timeouts().peer().toMillis(),
                BlockDecoder.codecs(),
                PageStreamReceiver.REFERENCE_DISTANCE,
                earlierPages,
                grant);
    }

    /**
     * The earlier streams that blocks of a session may refer to: none if the page server removes
     * their pages from their images.
     */
    List<WrittenStream> earlierStreams(
            PageServers servers, Optional<Path> parent, PeerIdentity peer, long knownPages) {
        return servers.thinOutParents()
                ? List.of()
                : chains.find(parent, peer.fingerprint(), knownPages);
    }
}
