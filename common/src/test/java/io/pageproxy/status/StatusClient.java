package io.pageproxy.status;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One connection to a status port, with what is sent and heard as it is on the wire. */
final class StatusClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final Pattern ANSWER =
            Pattern.compile("HTTP/1\\.1 (\\d+) [^\r]*\r\n(.*?\r\n)\r\n(.*)", Pattern.DOTALL);

    private final Socket socket;

    /** An answer: HTTP's number, the headers in lower case, the text. */
    record Answer(int status, String headers, String text) {}

    StatusClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
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

    void say(String words) throws IOException {
        socket.getOutputStream().write(words.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** All until the other end has closed. */
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
