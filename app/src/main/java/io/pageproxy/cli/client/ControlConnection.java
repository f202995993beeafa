package io.pageproxy.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** One HTTP request to a control socket, and its response, of which nothing is read ahead. */
final class ControlConnection implements AutoCloseable {
    private static final int READ_BYTES = 16 << 10;
    private static final int MAX_LINE_BYTES = 1 << 20;

    private final SocketChannel channel;
    private final ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES).flip();
    private final Map<String, String> headers = new HashMap<>();
    private int status;

    private ControlConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @throws IOException if nothing listens there, or we may not connect
     */
    static ControlConnection open(Path socket) throws IOException {
        return new ControlConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** Sends a request and reads the head of the response. */
    void send(String method, String path, String header, String body) throws IOException {
        byte[] content = body.getBytes(UTF_8);
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
        head.append(header);
        head.append("Content-Length: ").append(content.length).append("\r\n\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.toString().getBytes(UTF_8));
        request.writeBytes(content);
        ByteBuffer out = ByteBuffer.wrap(request.toByteArray());
        while (out.hasRemaining()) {
            channel.write(out);
        }
        readHead();
    }

    private void readHead() throws IOException {
        String first = line();
        if (first == null || !first.startsWith("HTTP/1.1 ") || first.length() < 12) {
            throw new IOException("no HTTP response");
        }
        status = Integer.parseInt(first.substring(9, 12));
        for (String line = line(); line != null && !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
                headers.put(name, line.substring(colon + 1).strip());
            }
        }
    }

    /** Status of the response. */
    int status() {
        return status;
    }

    /** A header of the response; empty if it has none of that name. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The next line of the response without its end; null at the end of the response. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (!bytes.hasRemaining() && !fill()) {
                return line.size() == 0 ? null : line.toString(UTF_8);
            }
            byte next = bytes.get();
            if (next == '\n') {
                String text = line.toString(UTF_8);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new IOException("a line of the response is too long");
            }
            line.write(next);
        }
    }

    private boolean fill() throws IOException {
        bytes.clear();
        int count = channel.read(bytes);
        bytes.flip();
        return count > 0;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
