package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.hook.HookFacts;
import io.pageproxy.hook.Hooks;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.migrate.commit.CommitProtocol;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.source.migrate.commit.FilesConnection;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.source.migrate.dump.RuncContainer;
import io.pageproxy.source.migrate.sync.FileSync;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a migration and its transfer share.
 *
 * @param plan the tree to move, and how to dump it
 * @param tree the same, as it is dumped, held and ended
 * @param files the connection that brings the images
 * @param protocol tells the destination that the tasks here are gone
 * @param failure the first failure, whoever notices it
 * @param times when each milestone was reached
 * @param hooks of the operator
 * @param synced the files that are copied
 */
record MigrationContext(
        MigrationPlan plan,
        MovedTree tree,
        FilesConnection files,
        CommitProtocol protocol,
        FirstFailure failure,
        MigrationTimes times,
        MigrationHooks hooks,
        MigrationFiles synced) {

    /**
     * Checks that the pid is still that of the process which the migration is about.
     *
     * @throws MigrationFailedException if it is not
     */
    void requireSameTree() {
        if (!tree.lives()) {
            throw new MigrationFailedException(
                    CloseReason.DUMP_FAILED,
                    "process "
                            + plan.pid()
                            + " has ended since the migration began; if there is one with this"
                            + " pid, it is another");
        }
    }

    /**
     * Lets a container run on that its checkpoint has left paused.
     *
     * @param why the tasks run on here
     * @return the same, with what is wrong if that cannot be done
     */
    Outcome thawed(Outcome why) {
        return plan.container()
                .flatMap(RuncContainer::thaw)
                .map(fault -> Verdict.append(why, fault))
                .orElse(why);
    }

    /** Creates the context of a migration that has not begun. */
    static MigrationContext of(
            MigrationPlan plan,
            MovedTree tree,
            SourceConfig config,
            Dialer dialer,
            Hooks hooks,
            FileSync sync,
            boolean lazy,
            boolean mayTurnLazy) {
        Optional<String> container = plan.container().map(RuncContainer::id);
        Duration peerTimeout = config.timeouts().peer();
        FilesConnection files =
                new FilesConnection(
                        new Attach(
                                config.agent(),
                                config.session(),
                                plan.restore(),
                                lazy,
                                peerTimeout.toMillis(),
                                config.migration(),
                                container,
                                mayTurnLazy,
                                sync.plan().withBundle()));
        FirstFailure failure = new FirstFailure();
        HookFacts facts =
                new HookFacts(
                        Side.SOURCE,
                        config.migration(),
                        config.session(),
                        container,
                        config.connect().toString(),
                        OptionalLong.of(plan.pid()),
                        Optional.empty());
        return new MigrationContext(
                plan,
                tree,
                files,
                new CommitProtocol(files, dialer, peerTimeout),
                failure,
                new MigrationTimes(),
                new MigrationHooks(hooks, facts, failure),
                new MigrationFiles(sync, failure));
    }
}
