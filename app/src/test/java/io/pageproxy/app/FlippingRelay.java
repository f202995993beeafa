package io.pageproxy.app;

import io.pageproxy.net.HostPort;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Relays one TLS connection and flips one bit of it. Bits are counted within the encrypted records
 * of one direction including their headers, because earlier records contain bytes that TLS ignores.
 */
final class FlippingRelay implements AutoCloseable {
    /** Direction of the bytes. */
    enum Direction {
        TO_DEST,
        TO_SOURCE
    }

    private static final int RECORD_HEADER_BYTES = 5;
    private static final int LENGTH_OFFSET = 3;
    private static final byte ENCRYPTED = 23;

    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final HostPort dest;
    private final Direction flippedDirection;
    private final long flippedBit;
    private final Map<Direction, AtomicLong> encryptedBytes =
            Map.of(Direction.TO_DEST, new AtomicLong(), Direction.TO_SOURCE, new AtomicLong());

    /** Creates a relay that flips a bit of one direction; -1 for none. */
    FlippingRelay(HostPort dest, Direction direction, long flippedBit) throws IOException {
        this.dest = dest;
        this.flippedDirection = direction;
        this.flippedBit = flippedBit;
        daemon(this::serve);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Bytes of encrypted records relayed in a direction. */
    long encryptedBytes(Direction direction) {
        return encryptedBytes.get(direction).get();
    }

    private void serve() {
        try {
            Socket source = listener.accept();
            Socket toDest = new Socket(dest.host(), dest.port());
            daemon(() -> pump(source, toDest, Direction.TO_DEST));
            daemon(() -> pump(toDest, source, Direction.TO_SOURCE));
        } catch (IOException closed) {
            return; // The test is over.
        }
    }

    private void pump(Socket from, Socket to, Direction direction) {
        try (from;
                to) {
            DataInputStream in = new DataInputStream(from.getInputStream());
            OutputStream out = to.getOutputStream();
            byte[] record = record(in);
            while (record.length > 0) {
                if (record[0] == ENCRYPTED) {
                    flip(record, direction);
                }
                out.write(record);
                record = record(in);
            }
            to.shutdownOutput();
            from.shutdownInput();
        } catch (IOException cut) {
            return; // Both ends notice it on their sockets.
        }
    }

    /** Reads the next record; empty at the end. */
    private static byte[] record(DataInputStream in) throws IOException {
        byte[] header = in.readNBytes(RECORD_HEADER_BYTES);
        if (header.length < RECORD_HEADER_BYTES) {
            return new byte[0];
        }
        int bodyBytes = ByteBuffer.wrap(header).getShort(LENGTH_OFFSET) & 0xffff;
        byte[] body = in.readNBytes(bodyBytes);
        return ByteBuffer.allocate(header.length + body.length).put(header).put(body).array();
    }

    private void flip(byte[] record, Direction direction) {
        long after = encryptedBytes.get(direction).addAndGet(record.length);
        long at = flippedBit / Byte.SIZE - (after - record.length);
        if (direction == flippedDirection && flippedBit >= 0 && at >= 0 && at < record.length) {
            record[(int) at] ^= (byte) (1 << flippedBit % Byte.SIZE);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
