package io.pageproxy.app.demo;

import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Program;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds a working CRIU, and reports on the screen where it looks. */
final class CriuFinder {
    /** get-criu's names of the builds by record layout, newest first. */
    private static final List<String> FETCHED = List.of("32", "24");

    private static final int MAX_SHOWN_CHARS = 300;

    private final DemoOptions options;
    private final Optional<Path> home;
    private final Screen screen;
    private String last = "";

    CriuFinder(DemoOptions options, Optional<Path> home, Screen screen) {
        this.options = options;
        this.home = home;
        this.screen = screen;
    }

    /**
     * Tries the requested program, then PATH, then a build that can be fetched.
     *
     * @return empty if the built-in stream must be used; the screen says why
     * @throws LocalFailure if the requested program does not work
     */
    Optional<String> find() throws IOException, InterruptedException, LocalFailure {
        if (options.builtIn()) {
            return Optional.empty();
        }
        if (!isRoot()) {
            return builtIn("not root, and only root can dump a process of this machine");
        }
        if (Program.onPath("perl").isEmpty()) {
            return builtIn("no perl on PATH for the process to move");
        }
        if (home.isEmpty() || !Files.isReadable(DemoProcess.program(home.get()))) {
            return builtIn("the process to move is not installed (libexec)");
        }
        if (options.criu().isPresent()) {
            return requested(options.criu().get());
        }
        Optional<String> installed = Program.onPath("criu");
        if (installed.filter(this::works).isPresent()) {
            return installed;
        }
        screen.say(
                installed.isEmpty()
                        ? "No criu is on PATH."
                        : installed.get() + " does not work here" + why() + ".");
        return fetch(home.get().resolve("libexec/get-criu"));
    }

    private Optional<String> requested(String program) throws LocalFailure {
        if (!works(program)) {
            throw LocalFailure.here(
                    "--criu "
                            + program
                            + " does not work: "
                            + last
                            + "; name another, or none to have one found or fetched, or say"
                            + " --built-in");
        }
        return Optional.of(program);
    }

    private Optional<String> fetch(Path getCriu) throws IOException, InterruptedException {
        if (!Files.isExecutable(getCriu)) {
            return builtIn(getCriu + ", which fetches one, is missing");
        }
        screen.say(
                "Using the CRIU of Debian in a private folder, which is fetched if it is missing.");
        for (String layout : FETCHED) {
            Optional<String> fetched = fetch(getCriu, layout);
            if (fetched.isPresent()) {
                screen.say("");
                return fetched;
            }
        }
        return builtIn("no working CRIU was found" + why());
    }

    private Optional<String> fetch(Path getCriu, String layout)
            throws IOException, InterruptedException {
        last = "";
        String[] path = {""};
        int code =
                Program.run(
                        List.of("/bin/sh", "-c", "\"$0\" \"$1\" 2>&1", getCriu.toString(), layout),
                        ProcessBuilder.Redirect.DISCARD,
                        line -> {
                            if (line.startsWith("/")) {
                                path[0] = line;
                            } else {
                                last = SafeText.line(line);
                                screen.say("  " + last);
                            }
                        });
        return code == 0 && works(path[0]) ? Optional.of(path[0]) : Optional.empty();
    }

    /** Whether {@code criu check} succeeds; otherwise {@link #last} contains the reason. */
    private boolean works(String program) {
        last = "";
        StringBuilder said = new StringBuilder();
        try {
            int code =
                    Program.run(
                            List.of(program, "check"),
                            ProcessBuilder.Redirect.PIPE,
                            line -> said.append(line).append(' '));
            boolean content = code == 0 && said.indexOf("Looks good") >= 0;
            String words =
                    said.isEmpty()
                            ? "nothing"
                            : SafeText.abridged(said.toString().strip(), MAX_SHOWN_CHARS);
            last = content ? "" : "its check reports: " + words + ", exit " + code;
            return content;
        } catch (IOException e) {
            last = e.getMessage();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String why() {
        return last.isBlank() ? "" : " (" + last.strip() + ")";
    }

    private Optional<String> builtIn(String why) {
        screen.say("No CRIU here: " + why + ".");
        return Optional.empty();
    }

    private static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }
}
