package io.pageproxy.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Talks to a control socket in HTTP, byte by byte. */
public final class ControlClient {
    private final Path socket;

    public ControlClient(Path socket) {
        this.socket = socket;
    }

    /**
     * A whole response.
     *
     * @param head status line and headers
     */
    public record Answer(int status, String head, String body) {}

    /** Opens a connection that sends nothing yet. */
    public SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /** Sends a request and reads until the server has closed. */
    public Answer send(String method, String path, String body) throws IOException {
        try (SocketChannel channel = connect()) {
            request(channel, method, path, body);
            return answer(readAll(channel));
        }
    }

    /** Sends a request. */
    public static void request(SocketChannel channel, String method, String path, String body)
            throws IOException {
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + body.getBytes(UTF_8).length
                        + "\r\n\r\n";
        ByteBuffer out = ByteBuffer.wrap((head + body).getBytes(UTF_8));
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** Reads until the server has closed. */
    public static String readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (channel.read(bytes) >= 0) {
            all.write(bytes.array(), 0, bytes.position());
            bytes.clear();
        }
        return all.toString(UTF_8);
    }

    /** Splits a response. */
    public static Answer answer(String text) {
        String[] parts = text.split("\r\n\r\n", 2);
        return new Answer(Integer.parseInt(parts[0].substring(9, 12)), parts[0], parts[1]);
    }
}
