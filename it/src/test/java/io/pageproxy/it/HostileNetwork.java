package io.pageproxy.it;

import io.pageproxy.it.Interception.Landmarks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Forwards like {@link Forwarder} and attacks one session after another. The first connection of a
 * session waits until its attack is known.
 */
final class HostileNetwork implements AutoCloseable {
    private final ServerSocket port = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int destinationPort;
    private final int lanes;

    private Landmarks landmarks = Landmarks.UNKNOWN;
    private Interception current;

    /**
     * Creates a network in front of a destination.
     *
     * @param lanes number of connections of each session
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

    /** Sets how to recognise the decisive records. */
    synchronized void learn(Landmarks found) {
        landmarks = found;
    }

    /** Admits the next session with an attack. */
    synchronized Interception next(Attack attack) {
        current = new Interception(attack, landmarks);
        notifyAll();
        return current;
    }

    /** Ends the session; further connections belong to another one. */
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

    /**
     * A source may dial its next session before the test has noticed the end of the previous one.
     */
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
