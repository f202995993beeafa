package io.pageproxy.source.lazy;

import io.netty.channel.Channel;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;

/**
 * Verifies whose process accepted the connection to CRIU. That is known only once it has sent
 * something.
 */
final class DumperIdentity {
    private final HostPort address;
    private final Check check;
    private boolean verified;

    /** Decides whether the process at the other end may be the CRIU that keeps the pages. */
    @FunctionalInterface
    interface Check {
        boolean admits(Channel dumper) throws IOException;
    }

    DumperIdentity(HostPort address, Check check) {
        this.address = address;
        this.check = check;
    }

    /**
     * Verifies the other end of the connection, once.
     *
     * @throws SessionException if it is not the CRIU that keeps the pages, or nobody can tell
     */
    void verify(Channel dumper) {
        if (!verified) {
            require(dumper);
            verified = true;
        }
    }

    private void require(Channel dumper) {
        boolean admitted;
        try {
            admitted = check.admits(dumper);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.LOCAL_FAILURE,
                    "the user of the process at --lazy-pages "
                            + address
                            + " cannot be determined: "
                            + FailureText.of(e));
        }
        if (!admitted) {
            throw new SessionException(
                    CloseReason.DUMPER_PROTOCOL,
                    "pages at --lazy-pages "
                            + address
                            + " come from another user's process; choose a port that nobody else"
                            + " takes, and run this as the user of criu or as root");
        }
    }
}
