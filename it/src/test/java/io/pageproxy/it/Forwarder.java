package io.pageproxy.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a source and its destination, and can cut one of their connections. */
final class Forwarder implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket port = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int destinationPort;
    private final int mostConnections;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    private record Connection(Socket near, Socket far) {
        void cut() throws IOException {
            near.close();
            far.close();
        }
    }

    private Forwarder(String destination, int mostConnections) throws IOException {
        this.destinationPort =
                Integer.parseInt(destination.substring(destination.lastIndexOf(':') + 1));
        this.mostConnections = mostConnections;
        run("forwarder", this::accept);
    }

    /**
     * Forwards to a port of this host.
     *
     * @param mostConnections after so many nobody listens any more
     */
    static Forwarder to(String destination, int mostConnections) {
        try {
            return new Forwarder(destination, mostConnections);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return "127.0.0.1:" + port.getLocalPort();
    }

    /** How many connections have come. */
    int count() {
        return connections.size();
    }

    private void accept() throws IOException {
        while (connections.size() < mostConnections) {
            Socket near = port.accept();
            Socket far = new Socket(InetAddress.getLoopbackAddress(), destinationPort);
            Connection connection = new Connection(near, far);
            connections.add(connection);
            run("to-destination", () -> pump(connection, near, far));
            run("to-source", () -> pump(connection, far, near));
        }
        port.close();
    }

    private static void pump(Connection connection, Socket from, Socket to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int bytes; (bytes = in.read(buffer)) > 0; ) {
                out.write(buffer, 0, bytes);
            }
        } finally {
            connection.cut();
        }
    }

    /** Cuts the connection that came at that place, from 0. */
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
                                // It was cut, and its thread ends.
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
