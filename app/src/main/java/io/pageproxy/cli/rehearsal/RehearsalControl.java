package io.pageproxy.cli.rehearsal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.async.Uninterruptibly;
import io.pageproxy.control.ControlServer;
import io.pageproxy.control.JobFactory;
import io.pageproxy.control.Jobs;
import io.pageproxy.control.JsonText;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A control socket for the jobs of a rehearsal, and a client that reads all of their events. */
final class RehearsalControl implements AutoCloseable {
    private static final int READ_BYTES = 16 << 10;
    private static final Pattern LOCATION = Pattern.compile("(?im)^location: *(\\S+)");
    private static final Pattern EXIT_CODE = Pattern.compile("\"exit_code\":(\\d+)");

    private final Path socket;
    private final Jobs jobs;
    private final ControlServer server;

    /**
     * Listens.
     *
     * @param folder of the socket
     */
    RehearsalControl(Path folder, JobFactory factory) throws IOException, InterruptedException {
        this.socket = folder.resolve("control");
        this.jobs = new Jobs(factory, 1);
        this.server =
                ControlServer.open(
                        new Endpoint.UnixSocket(socket),
                        LocalUsers.onlyOrOwn(Set.of()),
                        jobs,
                        Optional::empty);
    }

    /**
     * Runs a job to its end; blocks.
     *
     * @param words of its command line, the first one is the command
     * @throws IOException if it is refused or fails
     */
    void run(List<String> words, Path directory) throws IOException {
        String created = ask("POST", "/v1/jobs", json(words, directory));
        Matcher location = LOCATION.matcher(created);
        if (!location.find()) {
            throw failed(words, created.substring(created.lastIndexOf('\n') + 1));
        }
        String events = ask("GET", location.group(1) + "/events", "");
        Matcher exitCode = EXIT_CODE.matcher(events);
        if (!exitCode.find() || !exitCode.group(1).equals("0")) {
            throw failed(words, "--log-level debug shows why");
        }
    }

    private static IOException failed(List<String> words, String why) {
        return new IOException("its " + words.get(0) + " has failed: " + why);
    }

    private static String json(List<String> words, Path directory) throws IOException {
        return JsonText.of(
                json -> {
                    json.writeStartObject();
                    json.writeStringField("command", words.get(0));
                    json.writeStringField("directory", directory.toString());
                    json.writeArrayFieldStart("arguments");
                    for (String word : words.subList(1, words.size())) {
                        json.writeString(word);
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                });
    }

    private String ask(String method, String path, String body) throws IOException {
        byte[] content = body.getBytes(UTF_8);
        String head =
                "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, content.length);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(head.concat(body).getBytes(UTF_8)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
            while (channel.read(bytes) >= 0) {
                answer.write(bytes.array(), 0, bytes.position());
                bytes.clear();
            }
            return answer.toString(UTF_8);
        }
    }

    /** Takes no more jobs, and asks the one that runs to stop; any thread. */
    void stop() {
        jobs.stop();
    }

    /** Returns when no job runs; not interruptible. */
    @Override
    public void close() {
        jobs.stop();
        Uninterruptibly.run(jobs::awaitEnd);
        server.close();
    }
}
