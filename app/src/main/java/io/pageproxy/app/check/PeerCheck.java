package io.pageproxy.app.check;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.pageproxy.app.check.PeerProbe.Answer;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.tunnel.DestinationDialer;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.TunnelInitializer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
            return toFinding(ask(loop));
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

    private Answer ask(EventLoop loop) throws TlsConfigException, InterruptedException {
        ReloadingTlsContexts contexts =
                ReloadingTlsContexts.client(
                        files, unsafeKeyPermissions, policy, destination.verifyName().isPresent());
        PeerProbe probe = new PeerProbe(agent);
        Channel tunnel =
                new DestinationDialer(destination.address(), timeout)
                        .dial(
                                loop,
                                new TunnelInitializer(
                                        destination.tlsHandlers(contexts, timeout),
                                        channel -> probe,
                                        timeout.toMillis()));
        try {
            return probe.answer().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw (SessionException) e.getCause();
        } catch (TimeoutException e) {
            throw new SessionException(
                    CloseReason.PEER_SILENT,
                    "no answer within --handshake-timeout; see the destination's log");
        } finally {
            tunnel.close().awaitUninterruptibly();
        }
    }

    private Finding toFinding(Answer answer) {
        Probed probed = answer.probed();
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
