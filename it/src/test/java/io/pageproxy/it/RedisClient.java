package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A Redis client that uses inline commands (redis.io/docs, protocol). */
final class RedisClient implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader answers;

    RedisClient(String host, int port) throws IOException {
        socket = new Socket(host, port);
        socket.setSoTimeout((int) Command.TIMEOUT.toMillis());
        answers =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** Sends all commands at once and returns the replies; of a bulk string, its second line. */
    List<String> ask(List<String> commands) throws IOException {
        String all = String.join("\r\n", commands) + "\r\n";
        Thread sender = new Thread(() -> send(all));
        sender.start();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            String line = answers.readLine();
            assertThat(line).as("an answer of Redis").isNotNull();
            found.add(line.startsWith("$") ? answers.readLine() : line);
        }
        return found;
    }

    private void send(String all) {
        try {
            socket.getOutputStream().write(all.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException broken) {
            return; // The reader notices it, too.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
