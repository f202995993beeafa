package io.pageproxy.cli.client;

import io.pageproxy.cli.Termination;
import io.pageproxy.text.JsonReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Gives a command line to a resident source as a job, shows what the job says, and returns its exit
 * code. When we are told to stop, so is the job, and its end is awaited; when we are killed, the
 * job goes on.
 */
public final class ResidentClient {
    /** No resident source takes the command: it is to be run here. */
    public static final int NOT_TAKEN = -1;

    private static final int LOCAL_FAILURE = 1;
    private static final int CREATED = 201;
    private static final int BAD_REQUEST = 400;
    private static final String LAST_EVENT_ID = "Last-Event-ID: ";

    /** Connections that are lost in a row before the resident source counts as gone. */
    private static final int MAX_LOST = 3;

    private final Path socket;
    private final boolean required;
    private final ClientTerminal terminal = new ClientTerminal();
    private String lastEvent = "0";
    private boolean progressed;

    private ResidentClient(Path socket, boolean required) {
        this.socket = socket;
        this.required = required;
    }

    /**
     * Runs a command line by a resident source, if it is one for it and one is there.
     *
     * @param environment of this process
     * @return its exit code, or {@link #NOT_TAKEN}
     */
    public static int run(String[] words, Map<String, String> environment) throws Exception {
        ClientCommand command = ClientCommand.of(words);
        if (!command.isForResident()) {
            return NOT_TAKEN;
        }
        Path socket = command.socket(environment);
        return socket == null
                ? NOT_TAKEN
                : new ResidentClient(socket, command.namesSocket()).run(command);
    }

    /**
     * Runs a command line by the resident source at a socket.
     *
     * @param words the command and its arguments
     */
    public static int runAt(Path socket, List<String> words) throws Exception {
        return new ResidentClient(socket, true).run(ClientCommand.of(words.toArray(new String[0])));
    }

    private int run(ClientCommand command) throws Exception {
        String job;
        try (ControlConnection connection = ControlConnection.open(socket)) {
            connection.send(
                    "POST",
                    "/v1/jobs",
                    "Content-Type: application/json\r\n",
                    command.job(Path.of("").toAbsolutePath()));
            if (connection.status() != CREATED) {
                return refused(connection);
            }
            job = connection.header("location");
        } catch (IOException | UnsupportedOperationException e) {
            return notThere(e);
        }
        return Termination.run(
                new Callable<Integer>() {
                    @Override
                    public Integer call() throws Exception {
                        return follow(job);
                    }
                },
                new Runnable() {
                    @Override
                    public void run() {
                        cancel(job);
                    }
                });
    }

    private int refused(ControlConnection connection) throws IOException {
        Map<String, Object> fault = JsonReader.object(connection.line());
        String message = Json.text(fault, "message");
        if (connection.status() == BAD_REQUEST) {
            terminal.err(message.concat("\n"));
            return Json.number(fault, "exit_code", LOCAL_FAILURE);
        }
        StringBuilder text = new StringBuilder("pageproxy: the resident source at ");
        text.append(socket).append(" does not take this: ").append(message);
        text.append(required ? "\n" : "; it is done by this process\n");
        terminal.err(text.toString());
        return required ? LOCAL_FAILURE : NOT_TAKEN;
    }

    private int notThere(Exception why) throws IOException {
        if (!required) {
            return NOT_TAKEN;
        }
        StringBuilder text = new StringBuilder("pageproxy: --control unix:");
        text.append(socket).append(": no resident source answers there (");
        text.append(why.getMessage()).append("); start one, or leave out --control\n");
        terminal.err(text.toString());
        return LOCAL_FAILURE;
    }

    private void cancel(String job) {
        try (ControlConnection connection = ControlConnection.open(socket)) {
            connection.send("DELETE", job, "", "");
        } catch (IOException e) {
            return; // Then its events end as well, and that is reported.
        }
    }

    /** Shows the events until the last, over several connections if need be. */
    private int follow(String job) throws IOException {
        String why = "";
        for (int lost = 0; lost < MAX_LOST; lost++) {
            progressed = false;
            try (ControlConnection connection = ControlConnection.open(socket)) {
                String header = LAST_EVENT_ID.concat(lastEvent).concat("\r\n");
                connection.send("GET", job.concat("/events"), header, "");
                int exitCode = connection.status() == 200 ? show(connection) : NOT_TAKEN;
                if (exitCode != NOT_TAKEN) {
                    return exitCode;
                }
                why = "the connection ended";
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            lost = progressed ? -1 : lost;
        }
        terminal.progress("");
        StringBuilder text = new StringBuilder("pageproxy: the resident source at ");
        text.append(socket).append(" is gone (").append(why);
        text.append("), and how the job ended is not known. A migration that was not committed")
                .append(" leaves its tasks running here; look at both hosts\n");
        terminal.err(text.toString());
        return LOCAL_FAILURE;
    }

    /** Shows events; returns the exit code, or {@link #NOT_TAKEN} if the stream ends before it. */
    private int show(ControlConnection connection) throws IOException {
        String type = "";
        for (String line = connection.line(); line != null; line = connection.line()) {
            if (line.startsWith("event: ")) {
                type = line.substring(7);
            } else if (line.startsWith("id: ")) {
                lastEvent = line.substring(4);
                progressed = true;
            } else if (line.startsWith("data: ")) {
                Map<String, Object> data = JsonReader.object(line.substring(6));
                if (type.equals("exit")) {
                    terminal.progress("");
                    return Json.number(data, "exit_code", LOCAL_FAILURE);
                }
                show(type, data);
            }
        }
        return NOT_TAKEN;
    }

    private void show(String type, Map<String, Object> data) throws IOException {
        String text = Json.text(data, "text");
        switch (type) {
            case "stdout" -> terminal.out(text);
            case "stderr", "log" -> terminal.err(text);
            case "progress" -> terminal.progress(text);
            case "missed" -> {
                StringBuilder missed = new StringBuilder("pageproxy: output was lost, ");
                missed.append(Json.number(data, "events", 0)).append(" pieces\n");
                terminal.err(missed.toString());
            }
            default -> {} // Of a newer resident source.
        }
    }
}
