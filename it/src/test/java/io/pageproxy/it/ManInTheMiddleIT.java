package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.AttackedSource.End;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An attacker modifies, cuts, repeats, reorders, forges or holds back bytes anywhere in a session,
 * up to the last one of RESULT. No attack results in reported success or a hang, the process
 * survives, and the proxies continue with the next session.
 *
 * <p>{@code -Dit.attacks=N} sets the number of attacks and {@code -Dit.seed=N} their seed.
 */
class ManInTheMiddleIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int ATTACKS = Integer.getInteger("it.attacks", 200);
    private static final long SEED = Long.getLong("it.seed", 4);
    private static final String[] TIMEOUTS = {"--peer-timeout", "3s", "--handshake-timeout", "6s"};

    /** The longer timeout, 2 s to deliver an abort, and allowance for a busy machine. */
    private static final long MAX_MILLIS = 15_000;

    /** The JVM opens a few descriptors over time, but none per session. */
    private static final int MORE_DESCRIPTORS = 8;

    private static final int[] LANES_OF_SOURCES = {1, 1, 1, 1, 2, 2};
    private static final int MEGABYTES = 8;

    /** Places in the stream, in END, and in RESULT. */
    private static final List<Place> PLACES =
            List.of(
                    new Place(true, 9),
                    new Place(true, Attack.LAST),
                    new Place(false, Attack.LAST));

    private record Place(boolean toDestination, int record) {
        Attack by(Attack.Kind kind) {
            return new Attack(kind, 0, toDestination, record, SEED);
        }
    }

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void attacksNeverResultInSuccessOrHang() throws Exception {
        Command dest = lab.dest(CRIU, TIMEOUTS);
        int descriptors = Processes.descriptors(dest.pid());
        Tally tally = new Tally(ATTACKS);
        inParallel(LANES_OF_SOURCES.length, number -> attackOneSource(number, dest, tally));
        System.out.println(tally);

        await().atMost(Command.TIMEOUT).until(() -> dest.children().isEmpty());
        assertNoneLeaks(dest, descriptors);
        assertThat(dest.isAlive()).as(dest::toString).isTrue();
    }

    private void attackOneSource(int number, Command dest, Tally tally)
            throws IOException, InterruptedException {
        int lanes = LANES_OF_SOURCES[number];
        AttackedSource source;
        synchronized (this) { // starting all at once would exceed their timeouts
            source = new AttackedSource(lab, dest, "mitm-" + number, lanes, TIMEOUTS);
        }
        int descriptors = Processes.descriptors(source.command().pid());
        attackWhileAnyIsLeft(source, dest, tally);
        assertGood(source.undisturbed());
        assertNoneLeaks(source.command(), descriptors);
        source.command().terminate();
    }

    /** Attacks a real dump. */
    @Test
    void dumpedProcessSurvivesEveryAttack() throws Exception {
        Command dest = lab.dest(CRIU, TIMEOUTS);
        AttackedSource source = new AttackedSource(lab, dest, "mitm", 1, TIMEOUTS);
        Workload workload = lab.memory("work", MEGABYTES);
        Attack.Kind[] kinds = Attack.Kind.values();
        for (int i = 0; i < kinds.length; i++) {
            Attack attack = PLACES.get(i % PLACES.size()).by(kinds[i]);
            End end = source.attacked(attack, address -> dump(workload, address));

            assertThat(end.blow()).as("%s fell: %s", attack, end).isNotNull();
            assertBad(end, dest);
            workload.assertUntouched();
        }
    }

    private boolean dump(Workload workload, String address) {
        Command dumper = lab.start("dump", CRIU.dumpTo(address, workload, lab.folder("dump")));
        return dumper.awaitExit() == 0;
    }

    private void attackWhileAnyIsLeft(AttackedSource source, Command dest, Tally tally)
            throws InterruptedException {
        for (int number; (number = tally.next()) > 0; ) {
            End end = source.attacked(source.draw(new Random(SEED << Integer.SIZE | number)));
            if (end.attackedInTime() && !(end.good() && end.blow().ignorable())) {
                assertBad(end, dest);
                tally.attacked(end);
            } else {
                assertTruthful(end);
                tally.missed(end);
            }
        }
    }

    /**
     * Asserts that all parties see a failure in time. If RESULT was attacked, the images are
     * complete: the destination marks them if the source reports that the dumper failed, and
     * otherwise reports that the result is unknown.
     */
    private void assertBad(End end, Command dest) {
        assertThat(end.good()).as("the dumper heard success: %s", end).isFalse();
        assertThat(end.reportedGood()).as("the source reports success: %s", end).isFalse();
        assertThat(end.bothClosed()).as("both sides have closed: %s", end).isTrue();
        assertThat(end.millis()).as("milliseconds until then: %s", end).isLessThan(MAX_MILLIS);
        Path folder = lab.images().resolve(end.session());
        if (end.blow().decisive() && !end.blow().attack().toDestination()) {
            assertThat(dest.stderr()).contains("session=" + end.session() + " ");
            if (Images.isMarked(folder)) {
                assertThat(dest.stderr())
                        .contains("session FAILED at the source session=" + end.session() + " ");
            } else {
                assertComplete(folder);
                assertThat(dest.stderr())
                        .contains("it is not known whether the dumper was told so");
            }
        } else {
            // Images are deleted before their mark, so this state is brief.
            await().alias(folder + " is gone or marked: " + end)
                    .atMost(Duration.ofMillis(MAX_MILLIS))
                    .pollDelay(Duration.ZERO)
                    .until(() -> !Files.exists(folder) || Images.isMarked(folder));
        }
    }

    private void assertGood(End end) {
        assertThat(end.good()).as("nobody disturbed it: %s", end).isTrue();
        assertTruthful(end);
    }

    /** Asserts that every reported result is true. */
    private void assertTruthful(End end) {
        assertThat(end.reportedGood()).as("%s", end).isEqualTo(end.good());
        assertThat(end.bothClosed()).as("both sides have closed: %s", end).isTrue();
        if (end.good()) {
            assertComplete(lab.images().resolve(end.session()));
        }
    }

    private static void assertComplete(Path folder) {
        assertThat(Images.isMarked(folder)).as("%s is marked", folder).isFalse();
        assertThat(Images.pagemaps(folder)).as("%s", folder).isNotEmpty();
        Images.assertComplete(folder);
    }

    private static void assertNoneLeaks(Command proxy, int before) {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(Processes.descriptors(proxy.pid()))
                                        .as("descriptors that %s has open", proxy)
                                        .isLessThan(before + MORE_DESCRIPTORS));
    }

    /** Runs work on one thread per number and rethrows exceptions. */
    private static void inParallel(int count, Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                all.add(
                        threads.submit(
                                () -> {
                                    work.run(number);
                                    return null;
                                }));
            }
            for (Future<Void> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private interface Work {
        void run(int number) throws IOException, InterruptedException;
    }
}
