package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import org.junit.jupiter.api.Test;

class RecommitHandlerTest {
    @Test
    void recommitOfAnUnknownMigrationIsRefused() {
        EmbeddedChannel wire = new EmbeddedChannel();
        IncomingConnection connection =
                new IncomingConnection(
                        Peers.tunnel(wire, "source", "aa"),
                        wire.eventLoop(),
                        new SessionFacts("192.0.2.1:1", 4096));
        RecommitHandler handler = new RecommitHandler(new MigrationRegistry(1, 1));
        assertThatThrownBy(() -> handler.take(connection, new Recommit("ab".repeat(32), 15_000)))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.SESSION_INVALID))
                .hasMessageContaining("has been restarted");
        wire.finishAndReleaseAll();
    }
}
