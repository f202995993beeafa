package io.pageproxy.tunnel;

import io.netty.channel.Channel;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Operations on the connections of one session that both sides share. */
public final class LaneChannels {
    private LaneChannels() {}

    /**
     * Closes the further lanes when the first lane has closed, and not before: a peer that sees a
     * lane end first would not wait for the reason that is sent on the first lane.
     *
     * @return completes when all lanes are closed
     */
    public static CompletableFuture<Void> closeAfter(Channel first, Collection<Channel> further) {
        first.closeFuture().addListener(closed -> further.forEach(Channel::close));
        return CompletableFuture.allOf(
                Stream.concat(Stream.of(first), further.stream())
                        .map(LaneChannels::closed)
                        .toArray(CompletableFuture<?>[]::new));
    }

    private static CompletableFuture<Void> closed(Channel channel) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        channel.closeFuture().addListener(closed -> done.complete(null));
        return done;
    }
}
