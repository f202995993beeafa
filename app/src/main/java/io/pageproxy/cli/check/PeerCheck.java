package io.pageproxy.cli.check;

import io.netty.channel.EventLoop;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.tunnel.PeerQuestion;
import io.pageproxy.source.tunnel.PeerQuestion.Answer;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsSessionInfo;
import java.time.Duration;
import java.util.Optional;

/**
 * Checks {@code --connect} in the role of a source: the destination is reachable, the two sides
 * authenticate and allow each other, and the hosts are compatible.
 *
 * @param destination its address and name
 * @param files our certificate and the CA
 * @param unsafeKeyPermissions {@code --unsafe-key-permissions}
 * @param policy which destinations are allowed
 * @param timeout time limit of each step
 * @param host properties of this host
 * @param agent our program name and version
 */
record PeerCheck(
        DestinationName destination,
        TlsFiles files,
        boolean unsafeKeyPermissions,
        PeerPolicy policy,
        Duration timeout,
        HostFacts host,
        String agent) {
    static final String SUBJECT = "peer";

    /** Runs the check; blocks until the destination has answered or failed. */
    Finding run(EventLoop loop) throws InterruptedException {
        try {
            return toFinding(ask(loop, new PeerQuestion<>(new Probe(agent), Probed.class)));
        } catch (TlsConfigException e) {
            return Finding.failed(SUBJECT, e.getMessage());
        } catch (SessionException e) {
            boolean named = e.reason() == CloseReason.UNREACHABLE;
            return Finding.failed(
                    SUBJECT,
                    named ? e.getMessage() : destination.address() + ": " + e.getMessage(),
                    e);
        }
    }

    /**
     * Connects, asks, and waits for the answer; blocks.
     *
     * @throws SessionException if the destination does not answer, or refuses
     * @throws TlsConfigException if our own files cannot be used
     */
    <A extends Frame> Answer<A> ask(EventLoop loop, PeerQuestion<A> question)
            throws TlsConfigException, InterruptedException {
        ReloadingTlsContexts contexts =
                ReloadingTlsContexts.client(
                        files, unsafeKeyPermissions, policy, destination.verifyName().isPresent());
        return question.ask(
                destination.address(), destination.tlsHandlers(contexts, timeout), loop, timeout);
    }

    private Finding toFinding(Answer<Probed> answer) {
        Probed probed = answer.frame();
        TlsSessionInfo security = answer.security();
        Optional<String> mismatch = probed.host().mismatchWith(host);
        if (mismatch.isPresent()) {
            throw new SessionException(CloseReason.INCOMPATIBLE_HOSTS, mismatch.get());
        }
        return Finding.ok(
                SUBJECT,
                "%s at %s allows us: %s %s %s, %s, page server %s"
                        .formatted(
                                security.peer().name(),
                                destination.address(),
                                security.protocol(),
                                security.group(),
                                security.cipherSuite(),
                                probed.agent(),
                                probed.criuVersion()));
    }
}
