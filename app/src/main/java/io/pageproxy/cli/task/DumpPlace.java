package io.pageproxy.cli.task;

import io.pageproxy.criu.LazyPipes;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.migrate.dump.LocalTree;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where trees are dumped, and who does it: this process, or its monitor. */
public interface DumpPlace {
    /**
     * The folder of a dump.
     *
     * @param wanted the operator's choice
     */
    DumpFolder folder(Optional<Path> wanted) throws IOException;

    /**
     * Checks what a lazy dump needs of this host, as far as this process can.
     *
     * @throws IOException that says what is missing
     */
    void requireLazyDumps() throws IOException;

    /** The tree of a migration, which is left alone so far. */
    MovedTree tree(MigrationPlan plan);

    /** Trees over which this process has the rights. */
    static DumpPlace here(ChildLauncher launcher) {
        return new DumpPlace() {
            @Override
            public DumpFolder folder(Optional<Path> wanted) throws IOException {
                return DumpFolder.of(wanted);
            }

            @Override
            public void requireLazyDumps() throws IOException {
                LazyPipes.requirePossible();
            }

            @Override
            public MovedTree tree(MigrationPlan plan) {
                return new LocalTree(plan, launcher);
            }
        };
    }
}
