package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.Interception.Blow;
import io.pageproxy.it.Interception.Landmarks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A listening source that runs one session after another behind its own attacking network, and its
 * dumpers.
 */
final class AttackedSource {
    /** Lengths of an alert and of a frame without fields; neither is a decisive record. */
    private static final List<Integer> SMALL_RECORDS_BYTES = List.of(24, 30);

    private static final Criu CRIU = Criu.BYTES_32;
    private static final int PROCESSES = 2;
    private static final long VADDR = 0x10000;
    private static final int PAGES = 24;

    private final HostileNetwork network;
    private final int lanes;
    private final Command source;
    private final byte[] pages = pages();
    private final List<RecordCount> recordCounts = new ArrayList<>();
    private int listened;
    private int over;

    /** Number of records up to the decisive one in one direction of one lane. */
    private record RecordCount(int lane, boolean toDestination, int records) {}

    /**
     * The end of a session.
     *
     * @param good whether the dumper was told success
     * @param summary the source's summary
     * @param blow what the attacker did; null if the attack did not take place
     * @param bothClosed whether both proxies closed all connections in time
     * @param millis time from the attack, or else from the start of the session, to its end
     */
    record End(
            boolean good, Map<String, String> summary, Blow blow, boolean bothClosed, long millis) {
        public String session() {
            return summary.get("session");
        }

        /** Whether there was an attack before the result of the session was decided. */
        boolean attackedInTime() {
            return blow != null && !blow.late();
        }

        boolean knowsDumperResult() {
            return !summary.get("stream_bytes").equals("0");
        }

        boolean reportedGood() {
            return summary.get("result").equals("ok");
        }
    }

    /** Starts the source and observes two undisturbed sessions to learn their record counts. */
    AttackedSource(Lab lab, Command dest, String name, int lanes, String... options)
            throws IOException, InterruptedException {
        this.network = lab.keep(new HostileNetwork(Lab.address(dest), lanes));
        this.lanes = lanes;
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("--listen", "127.0.0.1:0", "--session", name + "/{n}"));
        words.addAll(List.of("--lanes", "" + lanes, "--summary", "-"));
        this.source = lab.source(network.address(), words.toArray(String[]::new));
        observeSession();
        observeSession();
    }

    Command command() {
        return source;
    }

    private static byte[] pages() {
        byte[] pages = new byte[PAGES * Images.PAGE_BYTES];
        new Random(PAGES).nextBytes(pages);
        Arrays.fill(pages, 0, 4 * Images.PAGE_BYTES, (byte) 'p');
        return pages;
    }

    private void observeSession() throws InterruptedException {
        Interception session = network.next(Attack.none());
        End end = carry(session, this::dump);
        assertThat(end.good()).as(source::toString).isTrue();
        network.learn(
                new Landmarks(
                        lastLarge(session.records(0, true)), lastLarge(session.records(0, false))));
        List<RecordCount> seen = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            seen.add(new RecordCount(lane, true, count(session.records(lane, true))));
            seen.add(new RecordCount(lane, false, count(session.records(lane, false))));
        }
        for (int i = 0; i < recordCounts.size(); i++) {
            RecordCount place = recordCounts.get(i);
            int fewest = Math.min(place.records(), seen.get(i).records());
            seen.set(i, new RecordCount(place.lane(), place.toDestination(), fewest));
        }
        recordCounts.clear();
        recordCounts.addAll(seen);
    }

    private static int lastLarge(List<Integer> records) {
        return records.get(count(records) - 1);
    }

    private static int count(List<Integer> records) {
        int count = records.size();
        while (SMALL_RECORDS_BYTES.contains(records.get(count - 1))) {
            count--;
        }
        return count;
    }

    /**
     * Draws a random place: each direction and record with equal probability, the decisive ones
     * more often.
     */
    Attack draw(Random random) {
        Attack.Kind[] kinds = Attack.Kind.values();
        RecordCount place = recordCounts.get(random.nextInt(recordCounts.size()));
        boolean decisive = random.nextInt(8) == 0 && (place.lane() == 0 || place.toDestination());
        return new Attack(
                kinds[random.nextInt(kinds.length)],
                place.lane(),
                place.toDestination(),
                decisive ? Attack.LAST : random.nextInt(place.records()),
                random.nextLong());
    }

    /** Runs an undisturbed session. */
    End undisturbed() throws InterruptedException {
        return attacked(Attack.none());
    }

    /** Runs a session under an attack with a protocol dumper. */
    End attacked(Attack attack) throws InterruptedException {
        return attacked(attack, this::dump);
    }

    /**
     * Runs a session under an attack with a dumper that receives the source's address and returns
     * whether it was told success.
     */
    End attacked(Attack attack, Dump dump) throws InterruptedException {
        return carry(network.next(attack), dump);
    }

    /** A dumper. */
    interface Dump {
        /** Runs the dump and returns whether it was told success. */
        boolean at(String address);
    }

    private End carry(Interception session, Dump dump) throws InterruptedException {
        long startNanos = System.nanoTime();
        await().alias("session of " + source)
                .atMost(Command.TIMEOUT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> listening().size() > listened || summaries().size() > over);
        boolean good = listening().size() > listened && dump.at(listening().get(listened++));
        over++;
        String summary = "{" + source.awaitLine("{", over);
        listened = listening().size();
        network.over();
        boolean bothClosed = session.awaitOver(Command.TIMEOUT.toMillis());
        Blow blow = session.blow();
        long nanos = System.nanoTime() - (blow == null ? startNanos : blow.nanos());
        try {
            return new End(good, Summary.parse(summary), blow, bothClosed, nanos / 1_000_000);
        } catch (IOException e) {
            throw new AssertionError(summary, e);
        }
    }

    private List<String> listening() {
        return source.lines("listening ").stream()
                .map(line -> line.substring("listening ".length()))
                .toList();
    }

    private List<String> summaries() {
        return source.lines("{");
    }

    private boolean dump(String address) {
        try (ProtocolDumper dumper = new ProtocolDumper(CRIU, address)) {
            for (int pid = 1; pid <= PROCESSES; pid++) {
                dumper.open(pid);
                dumper.pages(pid, VADDR, pages);
            }
            return dumper.finish();
        } catch (IOException reset) {
            return false;
        }
    }
}
