package io.pageproxy.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Forwards connections from a source to its destination, and can cut or hold them. Connections are
 * numbered in order of arrival, from 0.
 */
final class Forwarder implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket port = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int destinationPort;
    private final int maxConnections;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    private final Map<Integer, Valve> valves = new ConcurrentHashMap<>();
    private volatile boolean refusing;

    private record Connection(Socket near, Socket far) {
        void cut() throws IOException {
            near.close();
            far.close();
        }
    }

    /** Passes a number of bytes, counted in both directions or in one, and holds the rest. */
    private static final class Valve {
        private long leftBytes = Long.MAX_VALUE;
        private boolean bothWays = true;

        synchronized void limit(long bytes, boolean ofBothWays) {
            leftBytes = bytes;
            bothWays = ofBothWays;
            notifyAll();
        }

        synchronized boolean isShut() {
            return leftBytes == 0;
        }

        /** Waits until some bytes may pass, possibly forever, and returns their number. */
        synchronized int pass(int bytes, boolean toDestination) throws IOException {
            try {
                while (leftBytes == 0 && (bothWays || toDestination)) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (!bothWays && !toDestination) {
                return bytes;
            }
            int passing = (int) Math.min(bytes, leftBytes);
            leftBytes -= passing;
            return passing;
        }
    }

    private Forwarder(String destination, int maxConnections) throws IOException {
        this.destinationPort =
                Integer.parseInt(destination.substring(destination.lastIndexOf(':') + 1));
        this.maxConnections = maxConnections;
        run("forwarder", this::accept);
    }

    /**
     * Forwards to a port of this host.
     *
     * @param maxConnections number of connections after which it stops listening
     */
    static Forwarder to(String destination, int maxConnections) {
        try {
            return new Forwarder(destination, maxConnections);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return "127.0.0.1:" + port.getLocalPort();
    }

    /** Number of connections so far. */
    int count() {
        return connections.size();
    }

    private void accept() throws IOException {
        while (connections.size() < maxConnections) {
            Socket near = port.accept();
            if (refusing) {
                near.close();
                continue;
            }
            Socket far = new Socket(InetAddress.getLoopbackAddress(), destinationPort);
            Connection connection = new Connection(near, far);
            connections.add(connection);
            Valve valve = valve(connections.size() - 1);
            run("to-destination", () -> pump(connection, valve, true));
            run("to-source", () -> pump(connection, valve, false));
        }
        port.close();
    }

    private Valve valve(int index) {
        return valves.computeIfAbsent(index, i -> new Valve());
    }

    private static void pump(Connection connection, Valve valve, boolean toDestination)
            throws IOException {
        Socket from = toDestination ? connection.near : connection.far;
        Socket to = toDestination ? connection.far : connection.near;
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int bytes; (bytes = in.read(buffer)) > 0; ) {
                for (int sent = 0; sent < bytes; ) {
                    int passing = valve.pass(bytes - sent, toDestination);
                    out.write(buffer, sent, passing);
                    sent += passing;
                }
            }
        } finally {
            connection.cut();
        }
    }

    /**
     * Holds a connection, existing or future, after a number of further bytes; the end of the
     * connection is held, too.
     */
    void holdAfter(int index, long bytes) {
        valve(index).limit(bytes, true);
    }

    /** Holds only the bytes to the destination; bytes and end from the destination pass. */
    void holdToDestinationAfter(int index, long bytes) {
        valve(index).limit(bytes, false);
    }

    /** Waits until the connection is held. */
    void awaitHeld(int index) {
        await().atMost(Command.TIMEOUT).until(valve(index)::isShut);
    }

    /** Releases a held connection. */
    void release(int index) {
        valve(index).limit(Long.MAX_VALUE, true);
    }

    /** Disconnects every new connection immediately. */
    void refuse() {
        refusing = true;
    }

    /** Cuts a connection. */
    void cut(int index) {
        try {
            connections.get(index).cut();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(String name, Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException closed) {
                                // The connection was cut; its thread ends.
                            }
                        },
                        name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        port.close();
        for (int i = 0; i < count(); i++) {
            cut(i);
        }
    }
}
