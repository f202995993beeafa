package io.pageproxy.status;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection to a status port that sends and receives raw HTTP. */
final class StatusClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Pattern ANSWER =
            Pattern.compile("HTTP/1\\.1 (\\d+) [^\r]*\r\n(.*?\r\n)\r\n(.*)", Pattern.DOTALL);

    private final Socket socket;

    /** A response: status code, headers in lower case, and body. */
    record Answer(int status, String headers, String text) {}

    StatusClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    static Answer get(int port, String path) throws IOException {
        return ask(port, "GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n");
    }

    static Answer ask(int port, String request) throws IOException {
        try (StatusClient client = new StatusClient(port)) {
            client.say(request);
            return client.hear();
        }
    }

    void say(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads until the server closes the connection. */
    String hearAll() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    Answer hear() throws IOException {
        String all = hearAll();
        Matcher answer = ANSWER.matcher(all);
        if (!answer.matches()) {
            throw new AssertionError("no answer: " + all);
        }
        return new Answer(Integer.parseInt(answer.group(1)), answer.group(2), answer.group(3));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
