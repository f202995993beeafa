package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeerCredentialCheckTest {
    private static final int USER = 1000;
    private static final LocalClient DUMPER = new LocalClient("dumper", "--listen", "--dumper-uid");

    private final List<String> refused = new ArrayList<>();
    private boolean descriptorsLeft;
    private final PeerCredentialCheck guard =
            new PeerCredentialCheck(
                    DUMPER, LocalUsers.only(Set.of(USER)), refused::add, c -> userOfClient());

    private OptionalInt userOfClient() throws IOException {
        if (!descriptorsLeft) {
            throw new IOException(
                    "netlink's socket for sock_diag cannot be had: Too many open files");
        }
        return OptionalInt.of(USER);
    }

    @Test
    void failedUserLookupIsReportedAsSuch() {
        EmbeddedChannel client = new EmbeddedChannel();

        assertThat(guard.admits(client)).isFalse();
        assertThat(client.isOpen()).isFalse();
        assertThat(refused)
                .singleElement()
                .asString()
                .contains("user cannot be determined", "Too many open files", "ulimit -n");
    }

    @Test
    void failedUserLookupIsReportedOnceUntilOneSucceeds() {
        guard.admits(new EmbeddedChannel());
        guard.admits(new EmbeddedChannel());
        assertThat(refused).hasSize(1);

        descriptorsLeft = true;
        assertThat(guard.admits(new EmbeddedChannel())).isTrue();
        descriptorsLeft = false;
        guard.admits(new EmbeddedChannel());
        assertThat(refused).hasSize(2);
    }
}
