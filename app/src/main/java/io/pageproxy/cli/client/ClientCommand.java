package io.pageproxy.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A command line as far as a client looks into it, without the option of the socket. */
final class ClientCommand {
    private static final String UNIX = "unix:";
    private static final String CONTROL = "--control";
    private static final Path DEFAULT_SOCKET = Path.of("/run/pageproxy/source.socket");

    private final String command;
    private final List<String> arguments = new ArrayList<>();
    private String control = "";
    private boolean connects;
    private boolean asksForHelp;
    private boolean startsDumper;

    private ClientCommand(String command) {
        this.command = command;
    }

    /** Looks into a command line, whose first word is the command. */
    static ClientCommand of(String[] words) {
        ClientCommand read = new ClientCommand(words.length == 0 ? "" : words[0]);
        for (int i = 1; i < words.length; i++) {
            String word = words[i];
            if (read.startsDumper) {
                read.arguments.add(word);
            } else if (word.equals(CONTROL) && i + 1 < words.length) {
                read.control = words[++i];
            } else if (word.startsWith("--control=")) {
                read.control = word.substring(CONTROL.length() + 1);
            } else {
                read.add(word);
            }
        }
        return read;
    }

    private void add(String word) {
        arguments.add(word);
        switch (word) {
            case "--" -> startsDumper = true;
            case "-h", "--help", "-V", "--version" -> asksForHelp = true;
            default -> connects |= word.equals("--connect") || word.startsWith("--connect=");
        }
    }

    /** Whether a resident source could run it: not if it may be one itself, or listens for long. */
    boolean isForResident() {
        if (asksForHelp) {
            return false;
        }
        return switch (command) {
            case "migrate" -> true;
            case "source" -> namesSocket() ? connects : startsDumper;
            default -> false;
        };
    }

    /** Whether the socket is on the command line. */
    boolean namesSocket() {
        return !control.isEmpty();
    }

    /** The socket to try; null if there is none. */
    Path socket(Map<String, String> environment) {
        String named = namesSocket() ? control : environment.get("PAGEPROXY_CONTROL");
        if (named == null) {
            return isOurs(DEFAULT_SOCKET) ? DEFAULT_SOCKET : null;
        }
        try {
            // What is no path of a socket is for the command itself to complain about.
            return named.startsWith(UNIX) ? Path.of(named.substring(UNIX.length())) : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Whether a file belongs to root or to us. */
    private static boolean isOurs(Path file) {
        try {
            Object owner = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            return owner.equals(0)
                    || owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            return false; // There is none.
        }
    }

    /** The request of a job. */
    String job(Path directory) {
        StringBuilder json = new StringBuilder("{\"command\":");
        Json.quote(json, command);
        json.append(",\"arguments\":[");
        for (int i = 0; i < arguments.size(); i++) {
            json.append(i == 0 ? "" : ",");
            Json.quote(json, arguments.get(i));
        }
        json.append("],\"directory\":");
        Json.quote(json, directory.toString());
        return json.append('}').toString();
    }
}
