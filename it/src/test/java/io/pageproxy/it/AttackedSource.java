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
 * A source that listens, one session after the other, behind a network of its own that attacks
 * them; and the dumper that comes whenever it may.
 */
final class AttackedSource {
    /** An alert, and a frame without fields: neither is one of the records that decide. */
    private static final List<Integer> SMALL_RECORDS_BYTES = List.of(24, 30);

    private static final Criu CRIU = Criu.BYTES_32;
    private static final int PROCESSES = 2;
    private static final long VADDR = 0x10000;
    private static final int PAGES = 24;

    private final HostileNetwork network;
    private final int lanes;
    private final Command source;
    private final byte[] pages = pages();
    private final List<Room> rooms = new ArrayList<>();
    private int listened;
    private int over;

    /** So many records, up to the deciding one, has a session in one direction of one lane. */
    private record Room(int lane, boolean toDestination, int records) {}

    /**
     * How a session ended.
     *
     * @param good whether the dumper heard success
     * @param summary the source's own words
     * @param blow what the attacker did; null where he came to nothing
     * @param bothClosed whether both proxies closed all connections in time
     * @param millis from the blow, or else from the session's begin, until the end
     */
    record End(
            boolean good, Map<String, String> summary, Blow blow, boolean bothClosed, long millis) {
        public String session() {
            return summary.get("session");
        }

        /** Whether there was an attack, before it was decided how the session ends. */
        boolean fellInTime() {
            return blow != null && !blow.late();
        }

        boolean heardOfDumper() {
            return !summary.get("stream_bytes").equals("0");
        }

        boolean reportedGood() {
            return summary.get("result").equals("ok");
        }
    }

    /** Starts it, and looks at two sessions that nobody disturbs. */
    AttackedSource(Lab lab, Command dest, String name, int lanes, String... options)
            throws IOException, InterruptedException {
        this.network = lab.keep(new HostileNetwork(Lab.address(dest), lanes));
        this.lanes = lanes;
        List<String> words = new ArrayList<>(List.of(options));
        words.addAll(List.of("--listen", "127.0.0.1:0", "--session", name + "/{n}"));
        words.addAll(List.of("--lanes", "" + lanes, "--summary", "-"));
        this.source = lab.source(network.address(), words.toArray(String[]::new));
        lookAround();
        lookAround();
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

    private void lookAround() throws InterruptedException {
        Interception session = network.next(Attack.none());
        End end = carry(session, this::dump);
        assertThat(end.good()).as(source::toString).isTrue();
        network.learn(
                new Landmarks(
                        lastLarge(session.records(0, true)), lastLarge(session.records(0, false))));
        List<Room> seen = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            seen.add(new Room(lane, true, count(session.records(lane, true))));
            seen.add(new Room(lane, false, count(session.records(lane, false))));
        }
        for (int i = 0; i < rooms.size(); i++) {
            Room room = rooms.get(i);
            int fewest = Math.min(room.records(), seen.get(i).records());
            seen.set(i, new Room(room.lane(), room.toDestination(), fewest));
        }
        rooms.clear();
        rooms.addAll(seen);
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

    /** Draws a place: every direction and record alike, the deciding ones more often. */
    Attack draw(Random random) {
        Attack.Kind[] kinds = Attack.Kind.values();
        Room room = rooms.get(random.nextInt(rooms.size()));
        boolean decisive = random.nextInt(8) == 0 && (room.lane() == 0 || room.toDestination());
        return new Attack(
                kinds[random.nextInt(kinds.length)],
                room.lane(),
                room.toDestination(),
                decisive ? Attack.LAST : random.nextInt(room.records()),
                random.nextLong());
    }

    /** One session that nobody disturbs. */
    End undisturbed() throws InterruptedException {
        return attacked(Attack.none());
    }

    /** One session under that attack, with a dumper of our own. */
    End attacked(Attack attack) throws InterruptedException {
        return attacked(attack, this::dump);
    }

    /** The same with a dumper that is given the source's address and tells what it heard. */
    End attacked(Attack attack, Dump dump) throws InterruptedException {
        return carry(network.next(attack), dump);
    }

    /** A dumper. */
    interface Dump {
        /** Whether it hears success. */
        boolean at(String address);
    }

    private End carry(Interception session, Dump dump) throws InterruptedException {
        long startNanos = System.nanoTime();
        await().alias("session of " + source)
                .atMost(Command.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> listening().size() > listened || summaries().size() > over);
        boolean good = listening().size() > listened && dump.at(listening().get(listened++));
        over++;
        String summary = "{" + source.awaitLine("{", over);
        listened = listening().size();
        network.over();
        boolean bothClosed = session.awaitOver(Command.PATIENCE.toMillis());
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
