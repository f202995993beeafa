package io.pageproxy.dest.lazy;

import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.peer.PeerIdentity;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/**
 * What all lazy sessions share; thread-safe.
 *
 * @param config the configuration
 * @param admissions decides who may have a session
 * @param daemons provides the daemons of sessions without a migration; empty if such sessions are
 *     disabled
 * @param migrations finds the migrations that wait for a lazy session
 * @param workers threads for blocking work
 */
public record LazyServices(
        DestConfig config,
        Admissions admissions,
        Optional<LazyDaemons> daemons,
        Migrations migrations,
        Executor workers) {

    /** The lazy migrations that wait for a session to transport the memory of their tree. */
    @FunctionalInterface
    public interface Migrations {
        /** Finds the migration of this peer that waits for a lazy session of this name. */
        Optional<LazyTarget> find(Optional<String> session, PeerIdentity peer);
    }

    /** ACCEPT for a session that is served by one of these daemons. */
    Accept accept(LazyDaemons serving) {
        return new Accept(
                config.agent(),
                serving.version(),
                serving.layout(),
                "",
                config.timeouts().peer().toMillis(),
                BlockDecoder.codecs(),
                OptionalLong.empty(),
                0,
                LaneGrant.ONE);
    }
}
