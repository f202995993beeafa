package io.pageproxy.dest.monitor;

import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.posix.PacketSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the network process what has happened. Thread-safe. */
final class EventSender {
    private static final Logger LOG = LoggerFactory.getLogger(EventSender.class);

    /** A message has room for it. */
    private static final int LOG_TAIL_BYTES = 24 << 10;

    private final PacketSocket socket;

    EventSender(PacketSocket socket) {
        this.socket = socket;
    }

    /** Sends the end of a log. */
    void sendLog(int id, Path log) {
        try (FileChannel file = FileChannel.open(log)) {
            ByteBuffer bytes = ByteBuffer.allocate(LOG_TAIL_BYTES);
            long from = Math.max(0, file.size() - LOG_TAIL_BYTES);
            while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) > 0) {}
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            send(new MonitorMessage(Kind.LOG, id, text));
        } catch (IOException e) {
            LOG.debug("no log: {}", e.getMessage());
        }
    }

    void send(MonitorMessage event) {
        send(event, OptionalInt.empty());
    }

    /** If the network process does not hear it, it has ended or is not itself: it is cut off. */
    void send(MonitorMessage event, OptionalInt carried) {
        try {
            socket.send(event.encode(), carried);
        } catch (IOException e) {
            LOG.debug("the network process does not hear {}: {}", event.kind(), e.getMessage());
            socket.close();
        }
    }
}
