package io.pageproxy.dest.policy;

import io.pageproxy.tls.PeerIdentity;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who may come in, and what for. Immutable.
 *
 * @param peers the entries in their order: the first that names a peer decides
 */
public record Policy(List<PeerRule> peers) {

    /**
     * What holds for a peer.
     *
     * @param rule the entry
     * @param identity the name by which the entry knows the peer: a certificate that is renewed
     *     keeps it
     */
    record Match(PeerRule rule, String identity) {}

    Optional<Match> find(PeerIdentity peer) {
        return peers.stream().flatMap(rule -> match(rule, peer)).findFirst();
    }

    private static Stream<Match> match(PeerRule rule, PeerIdentity peer) {
        return rule.who().match(peer).map(identity -> new Match(rule, identity)).stream();
    }

    /** What messages call the entries. */
    public List<String> names() {
        return peers.stream().map(PeerRule::name).toList();
    }
}
