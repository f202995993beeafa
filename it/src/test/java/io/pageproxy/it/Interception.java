package io.pageproxy.it;

import io.pageproxy.it.Attack.Kind;
import io.pageproxy.it.Attack.Spoilt;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One session whose connections all go through the attacker's hands, record by record. */
final class Interception {
    private static final int HEADER_BYTES = 5;

    /** What the attacker has done. */
    record Blow(
            Attack attack,
            int record,
            int recordBytes,
            boolean decisive,
            boolean ignorable,
            boolean late,
            long nanos) {}

    private final Attack attack;
    private final Landmarks landmarks;
    private final List<Lane> lanes = new ArrayList<>();

    /** Counts connections and directions that are not over. */
    private final Phaser alive = new Phaser(1);

    private boolean resultPassed;
    private volatile Blow blow;

    /** What is known of a session's records from one that nobody disturbed. */
    record Landmarks(int endBytes, int resultBytes) {
        static final Landmarks UNKNOWN = new Landmarks(-1, -1);
    }

    private static final class Lane {
        final List<Integer> toDestination = new ArrayList<>();
        final List<Integer> toSource = new ArrayList<>();
        boolean endPassed;

        List<Integer> records(boolean toDestination) {
            return toDestination ? this.toDestination : toSource;
        }
    }

    Interception(Attack attack, Landmarks landmarks) {
        this.attack = attack;
        this.landmarks = landmarks;
    }

    /** What was done; null where the place never came. */
    Blow blow() {
        return blow;
    }

    synchronized int connections() {
        return lanes.size();
    }

    /** The lengths of the records that came, header included. */
    synchronized List<Integer> records(int lane, boolean toDestination) {
        return List.copyOf(lanes.get(lane).records(toDestination));
    }

    /** Waits until both proxies have closed all connections of the session. */
    boolean awaitOver(long millis) throws InterruptedException {
        int phase = alive.arrive();
        try {
            alive.awaitAdvanceInterruptibly(phase, millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** Carries a connection in both directions until both are over. */
    void carry(Socket near, Socket far) {
        int number;
        synchronized (this) {
            number = lanes.size();
            lanes.add(new Lane());
            alive.bulkRegister(2);
        }
        Phaser both = new Phaser(2);
        start(number, true, near, far, both);
        start(number, false, far, near, both);
    }

    private void start(int lane, boolean toDestination, Socket from, Socket to, Phaser both) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                pump(lane, toDestination, from, to);
                            } catch (IOException closed) {
                                // One of the two is gone; the other direction ends by itself.
                            } finally {
                                endOf(from, to, both);
                            }
                        },
                        (toDestination ? "to-destination-" : "to-source-") + lane);
        thread.setDaemon(true);
        thread.start();
    }

    private void endOf(Socket from, Socket to, Phaser both) {
        both.arrive();
        if (both.getPhase() > 0) {
            try (from;
                    to) {
                // Both directions are over.
            } catch (IOException e) {
                // They were closed already.
            }
        }
        alive.arriveAndDeregister();
    }

    private void pump(int lane, boolean toDestination, Socket from, Socket to) throws IOException {
        DataInputStream in = new DataInputStream(from.getInputStream());
        OutputStream out = to.getOutputStream();
        byte[] previous = {};
        for (byte[] record; (record = readRecord(in)) != null; previous = record) {
            if (!isPlace(lane, toDestination, record)) {
                passing(lane, toDestination, record);
                forward(out, record);
            } else if (attack.kind() == Kind.REORDER) {
                byte[] next = holdBack(lane, toDestination, record, in);
                if (next == null) {
                    return;
                }
                forward(out, next);
                forward(out, record);
            } else {
                Spoilt spoilt = attack.spoil(record, previous);
                strike(lane, toDestination, record, spoilt.ignorable());
                forward(out, spoilt.bytes());
                if (finish(from, to)) {
                    in.transferTo(OutputStream.nullOutputStream());
                    return;
                }
            }
        }
        to.shutdownOutput();
    }

    /** Waits for the next record; null where the sender ends before it comes. */
    private byte[] holdBack(int lane, boolean toDestination, byte[] record, DataInputStream in)
            throws IOException {
        strike(lane, toDestination, record, Attack.isChangeCipherSpec(record));
        byte[] next = readRecord(in);
        if (next != null && Attack.isChangeCipherSpec(next)) {
            strike(lane, toDestination, record, true);
        }
        return next;
    }

    /** Whether nothing more is to come through in this direction. */
    private boolean finish(Socket from, Socket to) throws IOException {
        switch (attack.kind()) {
            case CUT -> to.shutdownOutput();
            case RESET -> {
                reset(from);
                reset(to);
            }
            case STALL -> {}
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void forward(OutputStream out, byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException gone) {
            // The receiver has left; what the sender still says is read to its end.
        }
    }

    /** Whether the attack is to fall on this record. */
    private synchronized boolean isPlace(int lane, boolean toDestination, byte[] record) {
        boolean there = lane == attack.lane() && toDestination == attack.toDestination();
        if (blow != null || !there || record.length <= HEADER_BYTES) {
            return false;
        }
        if (attack.record() == Attack.LAST) {
            return isDecisive(lane, toDestination, record);
        }
        return lanes.get(lane).records(toDestination).size() == attack.record();
    }

    private boolean isDecisive(int lane, boolean toDestination, byte[] record) {
        return toDestination
                ? record.length == landmarks.endBytes()
                : lane == 0 && record.length == landmarks.resultBytes();
    }

    /** Late is what comes when END has gone by: its lane's bytes decide nothing any more. */
    private synchronized void strike(
            int lane, boolean toDestination, byte[] record, boolean ignorable) {
        boolean endPassed = lanes.get(lane).endPassed;
        blow =
                new Blow(
                        attack,
                        lanes.get(lane).records(toDestination).size(),
                        record.length,
                        isDecisive(lane, toDestination, record),
                        ignorable,
                        resultPassed || (endPassed && (toDestination || lane > 0)),
                        System.nanoTime());
    }

    private synchronized void passing(int lane, boolean toDestination, byte[] record) {
        lanes.get(lane).records(toDestination).add(record.length);
        if (isDecisive(lane, toDestination, record)) {
            lanes.get(lane).endPassed |= toDestination;
            resultPassed |= !toDestination;
        }
    }

    /** A whole record; what there is of one at the end; null at the end. */
    private static byte[] readRecord(InputStream in) throws IOException {
        byte[] header = in.readNBytes(HEADER_BYTES);
        if (header.length == 0) {
            return null;
        }
        if (header.length < HEADER_BYTES) {
            return header;
        }
        int bytes = ((header[3] & 0xFF) << 8) | (header[4] & 0xFF);
        byte[] body = in.readNBytes(bytes);
        return Attack.joined(header, body);
    }
}
