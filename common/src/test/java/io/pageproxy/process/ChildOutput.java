package io.pageproxy.process;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Reads what a child sends through its socket, without an event loop. */
public final class ChildOutput implements AutoCloseable {
    private final FileDescriptor socket;
    private final StringBuilder text = new StringBuilder();

    public ChildOutput(ChildProcess child) {
        Epoll.ensureAvailability();
        this.socket = new FileDescriptor(child.takeSocket());
    }

    /** Reads until the received text contains the expected one, and returns all of it. */
    public String until(String expected) {
        Awaitility.await()
                .pollInterval(5, TimeUnit.MILLISECONDS)
                .until(
                        () -> {
                            readAvailable();
                            return text.indexOf(expected) >= 0;
                        });
        return text.toString();
    }

    /** Reads everything that an ended child has sent. */
    public String rest() throws IOException {
        readAvailable();
        return text.toString();
    }

    private void readAvailable() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        int bytes;
        while ((bytes = socket.read(buffer, 0, buffer.capacity())) > 0) {
            text.append(StandardCharsets.UTF_8.decode(buffer.slice(0, bytes)));
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
