package io.pageproxy.dest.policy;

import io.pageproxy.peer.PeerIdentity;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which peers are allowed, and what they may do. Immutable.
 *
 * @param peers the entries in order; the first that matches a peer applies
 */
public record Policy(List<PeerRule> peers) {

    /**
     * The entry that applies to a peer.
     *
     * @param rule the entry
     * @param identity the name by which the entry matched the peer; it survives a renewal of the
     *     certificate
     */
    record Match(PeerRule rule, String identity) {}

    Optional<Match> find(PeerIdentity peer) {
        return peers.stream().flatMap(rule -> match(rule, peer)).findFirst();
    }

    private static Stream<Match> match(PeerRule rule, PeerIdentity peer) {
        return rule.who().match(peer).map(identity -> new Match(rule, identity)).stream();
    }

    /** The names of the entries in messages. */
    public List<String> names() {
        return peers.stream().map(PeerRule::name).toList();
    }
}
