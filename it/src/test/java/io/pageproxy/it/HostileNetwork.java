package io.pageproxy.it;

import io.pageproxy.it.Interception.Landmarks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Stands between a source and its destination like {@link Forwarder}, and attacks one session after
 * the other. A session's first connection waits until its attack is known.
 */
final class HostileNetwork implements AutoCloseable {
    private final ServerSocket port = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int destinationPort;
    private final int lanes;

    private Landmarks landmarks = Landmarks.UNKNOWN;
    private Interception current;

    /**
     * A network in front of that destination.
     *
     * @param lanes connections of each session
     */
    HostileNetwork(String destination, int lanes) throws IOException {
        this.destinationPort =
                Integer.parseInt(destination.substring(destination.lastIndexOf(':') + 1));
        this.lanes = lanes;
        Thread thread = new Thread(this::accept, "hostile-network");
        thread.setDaemon(true);
        thread.start();
    }

    String address() {
        return "127.0.0.1:" + port.getLocalPort();
    }

    /** Where to find the deciding records from now on. */
    synchronized void learn(Landmarks found) {
        landmarks = found;
    }

    /** Lets the next session come, and what is to happen to it. */
    synchronized Interception next(Attack attack) {
        current = new Interception(attack, landmarks);
        notifyAll();
        return current;
    }

    /** The session is over: what connects now belongs to another one. */
    synchronized void over() {
        current = null;
    }

    private void accept() {
        try {
            while (true) {
                Socket near = port.accept();
                Interception session = sessionOfNextConnection();
                session.carry(near, new Socket(InetAddress.getLoopbackAddress(), destinationPort));
            }
        } catch (IOException closed) {
            // The test is over.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A source may dial its next session before the test has seen that the one before is over. */
    private synchronized Interception sessionOfNextConnection() throws InterruptedException {
        while (current == null || current.connections() == lanes) {
            wait();
        }
        return current;
    }

    @Override
    public void close() throws IOException {
        port.close();
    }
}
