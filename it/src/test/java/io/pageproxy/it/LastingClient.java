package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A client whose one connection must last, see {@code it/workloads/echo-client.pl}. */
final class LastingClient implements AutoCloseable {
    /** Port of the server. */
    static final int PORT = 7777;

    private final Command command;
    private final Path file;

    private LastingClient(Command command, Path file) {
        this.command = command;
        this.file = file;
    }

    /**
     * Connects, and returns when it was answered.
     *
     * @param place command prefix that runs a command on its host
     */
    static LastingClient connect(Lab lab, List<String> place, String address) {
        Path script = Path.of(System.getProperty("it.checkout"), "it/workloads/echo-client.pl");
        Path file = lab.folder("clients").resolve(address);
        List<String> words = new ArrayList<>(place);
        words.addAll(List.of("perl", script.toString(), address, "" + PORT, file.toString()));
        LastingClient client = new LastingClient(lab.start("client", words), file);
        client.awaitMoreThan(3);
        return client;
    }

    /** How often it was answered. */
    int count() {
        String said = said();
        assertThat(said).as("the connection of " + file.getFileName()).doesNotContain("lost");
        return said.isEmpty() ? 0 : Integer.parseInt(said.split(" ", 2)[0]);
    }

    /** Waits until it goes on. */
    void awaitMoreThan(int count) {
        await().alias("answers to " + file.getFileName() + " beyond " + count)
                .atMost(Command.TIMEOUT)
                .until(() -> count() > count);
    }

    private String said() {
        try {
            return Files.exists(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        command.close();
    }
}
