package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.migrate.commit.CommitProtocol;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.source.migrate.commit.FilesConnection;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import java.time.Duration;

/**
 * What a migration and its transfer share.
 *
 * @param plan the tree to move, and how to dump it
 * @param files the connection that brings the images
 * @param protocol tells the destination that the tasks here are gone
 * @param failure the first failure, whoever notices it
 * @param times when each milestone was reached
 */
record MigrationContext(
        MigrationPlan plan,
        FilesConnection files,
        CommitProtocol protocol,
        FirstFailure failure,
        MigrationTimes times) {

    /** Creates the context of a migration that has not begun. */
    static MigrationContext of(
            MigrationPlan plan, SourceConfig config, Dialer dialer, boolean lazy) {
        Duration peerTimeout = config.timeouts().peer();
        FilesConnection files =
                new FilesConnection(
                        new Attach(
                                config.agent(),
                                config.session(),
                                plan.restore(),
                                lazy,
                                peerTimeout.toMillis(),
                                config.migration()));
        return new MigrationContext(
                plan,
                files,
                new CommitProtocol(files, dialer, peerTimeout),
                new FirstFailure(),
                new MigrationTimes());
    }
}
