package io.pageproxy.it;

import io.pageproxy.it.Attack.Kind;
import io.pageproxy.it.Attack.Modified;
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

/** One session whose connections are forwarded record by record by the attacker. */
final class Interception {
    private static final int HEADER_BYTES = 5;

    /** An executed attack. */
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

    /** Counts active connections and directions. */
    private final Phaser alive = new Phaser(1);

    private boolean resultPassed;
    private volatile Blow blow;

    /** Lengths of the decisive records, learned from an undisturbed session. */
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

    /** The executed attack; null if its place was never reached. */
    Blow blow() {
        return blow;
    }

    synchronized int connections() {
        return lanes.size();
    }

    /** Lengths of the received records including their headers. */
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

    /** Forwards a connection in both directions until both have ended. */
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
                                // One end has closed; the other direction ends by itself.
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
                // Both directions have ended.
            } catch (IOException e) {
                // The sockets are already closed.
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
                Modified modified = attack.modify(record, previous);
                strike(lane, toDestination, record, modified.ignorable());
                forward(out, modified.bytes());
                if (finish(from, to)) {
                    in.transferTo(OutputStream.nullOutputStream());
                    return;
                }
            }
        }
        to.shutdownOutput();
    }

    /** Waits for the next record; null if the sender ends before it. */
    private byte[] holdBack(int lane, boolean toDestination, byte[] record, DataInputStream in)
            throws IOException {
        strike(lane, toDestination, record, Attack.isChangeCipherSpec(record));
        byte[] next = readRecord(in);
        if (next != null && Attack.isChangeCipherSpec(next)) {
            strike(lane, toDestination, record, true);
        }
        return next;
    }

    /** Whether nothing more may pass in this direction. */
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
            // The receiver has closed; the rest of the sender's bytes is read and dropped.
        }
    }

    /** Whether the attack applies to this record. */
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

    /**
     * An attack is late if END has already passed on its lane, because nothing depends on later
     * bytes.
     */
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

    /** Reads a record; a partial one at the end of the stream; null at the end. */
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
