package io.pageproxy.source.migrate;

import io.pageproxy.session.Progress;
import java.io.IOException;
import java.util.Optional;

/** A migration of one tree, in whichever order its memory goes. */
public sealed interface Migrating extends AutoCloseable permits Migration, LazyMigration {
    /**
     * Does it; blocks until it is over, well or not.
     *
     * @throws IOException where this host lacks what it needs; nothing has been frozen then
     */
    MigrationReport run() throws IOException, InterruptedException;

    /**
     * Tells it to stop, from any thread: the tasks run on here, unless they have been given up
     * already.
     */
    void stop();

    /** How far the pages are; empty where none flow. Any thread. */
    Optional<Progress> progress();

    /** Ends its threads, after {@link #run}. */
    @Override
    void close();
}
