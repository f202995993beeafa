package io.pageproxy.net;

import io.netty.channel.Channel;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What both sides do alike with the connections of one session. */
public final class LaneChannels {
    private LaneChannels() {}

    /**
     * Closes the further lanes when the first is closed, and not before: a peer that saw a lane end
     * would not wait for the word on the first that says why.
     *
     * @return completes when all of them are closed
     */
    public static CompletableFuture<Void> closeWith(Channel first, Collection<Channel> further) {
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
