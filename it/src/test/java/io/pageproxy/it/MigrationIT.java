package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Migrations of real processes: dumped by CRIU, transferred by the pair, restored, and their memory
 * verified.
 */
class MigrationIT {
    private static final int LARGE_MEGABYTES = 200;
    private static final int SMALL_MEGABYTES = 24;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void largeProcessMigratesWithConnectingDumper() {
        Workload workload = lab.memory("work", LARGE_MEGABYTES);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(Criu.BYTES_32, "--once");
        Command source = lab.listeningSource(dest, "--once", "--session", "web/1");
        Command dumper =
                lab.start("dump", Criu.BYTES_32.dumpTo(Lab.address(source), workload, dump));

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(Images.isMarked(lab.images().resolve("web/1"))).isFalse();
        lab.restoreAndCheck(Criu.BYTES_32, workload, dump, "web/1");
    }

    @Test
    void largeProcessMigratesWithDumperStartedBySource() {
        Workload workload = lab.memory("work", LARGE_MEGABYTES);
        moveBySource(Criu.BYTES_32, Criu.BYTES_32, workload);
    }

    /**
     * The dumper's layout, then the page server's. The restore uses the page server's version:
     * newer versions read other images of older ones, and CRIU 4.1 restores dumps of 4.2 if its own
     * page server wrote the pagemaps.
     */
    @ParameterizedTest(name = "from {0} to {1}")
    @CsvSource({"BYTES_24,BYTES_24", "BYTES_24,BYTES_32", "BYTES_32,BYTES_24", "BYTES_32,BYTES_32"})
    void processMigratesForEveryMixOfRecordLayouts(Criu dumper, Criu pageServer) {
        Workload workload = lab.memory("work", SMALL_MEGABYTES);
        moveBySource(dumper, pageServer, workload);
    }

    @ParameterizedTest
    @EnumSource(Criu.class)
    void treeWithSharedMemoryAndPipesMigrates(Criu criu) {
        Workload family = lab.workload("work", "family.pl", "16", "4");
        family.assertGood();
        moveBySource(criu, criu, family);
    }

    @Test
    void concurrentSessionsBothMigrate() {
        Workload one = lab.memory("one", SMALL_MEGABYTES);
        Workload two = lab.memory("two", SMALL_MEGABYTES);
        Path dumpOne = lab.folder("dump-one");
        Path dumpTwo = lab.folder("dump-two");
        Command dest = lab.dest(Criu.BYTES_32);
        Command sourceOne = lab.listeningSource(dest, "--once", "--session", "one");
        Command sourceTwo = lab.listeningSource(dest, "--once", "--session", "two");
        // Both have their page servers; now both dump.
        assertThat(dest.children()).hasSize(2);
        Command dumperOne =
                lab.start("dump", Criu.BYTES_32.dumpTo(Lab.address(sourceOne), one, dumpOne));
        Command dumperTwo =
                lab.start("dump", Criu.BYTES_32.dumpTo(Lab.address(sourceTwo), two, dumpTwo));

        assertThat(dumperOne.awaitExit()).as(dumperOne::toString).isZero();
        assertThat(dumperTwo.awaitExit()).as(dumperTwo::toString).isZero();
        assertThat(sourceOne.awaitExit()).as(sourceOne::toString).isZero();
        assertThat(sourceTwo.awaitExit()).as(sourceTwo::toString).isZero();
        lab.restoreAndCheck(Criu.BYTES_32, one, dumpOne, "one");
        lab.restoreAndCheck(Criu.BYTES_32, two, dumpTwo, "two");
    }

    @Test
    void pairServesSeveralMigrationsInSequence() {
        Workload one = lab.memory("one", SMALL_MEGABYTES);
        Workload two = lab.memory("two", SMALL_MEGABYTES);
        Command dest = lab.dest(Criu.BYTES_32);
        Command source = lab.listeningSource(dest, "--session", "s/{n}");
        Path dumpOne = lab.folder("dump-one");
        Path dumpTwo = lab.folder("dump-two");

        String first = source.awaitLine("listening ", 1);
        Command dumper = lab.start("dump", Criu.BYTES_32.dumpTo(first, one, dumpOne));
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        String second = source.awaitLine("listening ", 2);
        assertThat(second).as("the port stays").isEqualTo(first);
        dumper = lab.start("dump", Criu.BYTES_32.dumpTo(second, two, dumpTwo));
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        source.awaitLine("listening ", 3);

        source.terminate();
        dest.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        lab.restoreAndCheck(Criu.BYTES_32, one, dumpOne, "s/1");
        lab.restoreAndCheck(Criu.BYTES_32, two, dumpTwo, "s/2");
    }

    private void moveBySource(Criu dumper, Criu pageServer, Workload workload) {
        Path dump = lab.folder("dump");
        Command dest = lab.dest(pageServer, "--once");
        Command source = lab.sourceDumping(dest, dumper, workload, dump, "--session", "web/1");

        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        lab.restoreAndCheck(pageServer, workload, dump, "web/1");
    }
}
