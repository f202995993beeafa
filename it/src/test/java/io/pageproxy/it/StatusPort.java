package io.pageproxy.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Queries the {@code --status} server of a proxy over a plain socket. */
final class StatusPort {
    private final int port;

    private StatusPort(int port) {
        this.port = port;
    }

    /** The server of a proxy that has printed its address. */
    static StatusPort of(Command proxy) {
        String address = proxy.awaitLine("status ");
        return new StatusPort(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    }

    /** Returns the status line, headers and body of a response. */
    String ask(String path) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) Command.TIMEOUT.toMillis());
            socket.getOutputStream()
                    .write(
                            ("GET " + path + " HTTP/1.0\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The HTTP status of {@code /health}. */
    int health() {
        return Integer.parseInt(ask("/health").split(" ", 3)[1]);
    }

    private String text(String path) {
        return ask(path).split("\r\n\r\n", 2)[1];
    }

    /** The samples by name with labels. */
    Map<String, Double> metrics() {
        return text("/metrics")
                .lines()
                .filter(line -> !line.startsWith("#"))
                .collect(
                        Collectors.toMap(
                                line -> line.substring(0, line.lastIndexOf(' ')),
                                line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
    }

    /** The objects of an array; each may contain one nested object as its last field. */
    List<Map<String, String>> sessions(String path) {
        String array = text(path).strip();
        List<String> objects =
                List.of(array.substring(1, array.length() - 1).split("(?<=\\}),(?=\\{\"side\")"));
        return objects.stream().filter(o -> !o.isEmpty()).map(StatusPort::parse).toList();
    }

    private static Map<String, String> parse(String object) {
        try {
            return Summary.parse(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
