package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MigrationRegistryTest {
    private static final int MAX_REMEMBERED = 1_000;
    private static final PeerIdentity SOURCE = Peers.peer("source", "aa".repeat(32));

    private final MigrationRegistry registry = new MigrationRegistry(1, 1);

    @Test
    void onlyTheNewestThousandFinishedMigrationsAreFound() {
        List<Migration> migrations = new ArrayList<>();
        for (int i = 0; i <= MAX_REMEMBERED; i++) {
            Migration migration = new Finished(MigrationId.of(Optional.of("web-" + i), SOURCE));
            registry.add(migration);
            registry.remember(migration);
            migrations.add(migration);
        }

        String oldest = migrations.get(0).id().token();
        assertThatThrownBy(() -> registry.find(oldest, SOURCE))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("no longer knows this migration");
        for (Migration newer : migrations.subList(1, migrations.size())) {
            assertThat(registry.find(newer.id().token(), SOURCE)).isSameAs(newer);
        }
    }

    @Test
    void forgottenMigrationIsNoLongerOpen() {
        for (int i = 0; i < MAX_REMEMBERED; i++) {
            Migration finished = new Finished(MigrationId.of(Optional.of("web-" + i), SOURCE));
            registry.add(finished);
            registry.remember(finished);
            if (i > 0) {
                registry.ended(finished);
            }
        }
        assertThat(registry.anyOpen()).isTrue();

        Migration newest = new Finished(MigrationId.of(Optional.of("newest"), SOURCE));
        registry.add(newest);
        registry.remember(newest);
        registry.ended(newest);
        assertThat(registry.anyOpen()).isFalse();
    }

    private record Finished(MigrationId id) implements Migration {
        @Override
        public EventLoop loop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<LazyRestore> lazyRestore() {
            return Optional.empty();
        }

        @Override
        public SyncedFolders syncedFolders() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void onFolderClaimed(Path folder) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void onPagesWhole(ImagesFolder whole) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void fail(Outcome outcome) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Committed> onRecommit() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void outcomeHeard() {
            throw new UnsupportedOperationException();
        }
    }
}
