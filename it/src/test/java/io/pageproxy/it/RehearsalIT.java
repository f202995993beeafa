package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a resident source rehearses before it takes jobs leaves no trace. */
class RehearsalIT extends WholeMigrations {
    private static final String FOLDER = "pageproxy-rehearsal-";
    private static final Pattern COUNTER = Pattern.compile("pageproxy_.*_(total|count)(\\{.*)?");
    private static final String LISTENS = "0A";
    private static final int STATE = 3;
    private static final int INODE = 9;

    private Command resident(String... more) {
        Path socket = lab.folder("control-" + System.nanoTime()).resolve("s");
        List<String> words = new ArrayList<>(List.of(Pageproxy.program().toString(), "source"));
        words.addAll(lab.pki().options("source"));
        words.addAll(List.of("--control", "unix:" + socket));
        words.addAll(List.of(more));
        return lab.proxy("resident", words);
    }

    /** The files and sockets that the process has open. */
    private static Set<String> openFiles(Command command) {
        Set<String> names = new HashSet<>();
        try (Stream<Path> links = Files.list(Path.of("/proc/" + command.pid() + "/fd"))) {
            for (Path link : links.toList()) {
                if (Files.isSymbolicLink(link)) { // Otherwise it was closed just now.
                    names.add(Files.readSymbolicLink(link).toString());
                }
            }
        } catch (IOException e) {
            return names; // Some were closed meanwhile.
        }
        return names;
    }

    /** Waits until it rehearses, and returns the folder of that. */
    private static Path awaitFolder(Command command) {
        return await().atMost(Command.TIMEOUT)
                .until(
                        () ->
                                openFiles(command).stream()
                                        .filter(name -> name.contains(FOLDER))
                                        .filter(name -> name.endsWith("/lock"))
                                        .map(name -> Path.of(name).getParent())
                                        .filter(path -> Files.exists(path.resolve("images")))
                                        .findAny()
                                        .orElse(null),
                        path -> path != null);
    }

    private static long listeningPorts(Command command) {
        Set<String> files = openFiles(command);
        return Stream.of("tcp", "tcp6")
                .map(name -> Path.of("/proc/net", name))
                .flatMap(table -> lines(table).stream().skip(1))
                .map(line -> line.strip().split(" +"))
                .filter(row -> row[STATE].equals(LISTENS))
                .filter(row -> files.contains("socket:[" + row[INODE] + "]"))
                .count();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void rehearsalIsOverBeforeJobsAreTakenAndNothingTellsOfItButOneLine() {
        Command resident = resident("--status", "127.0.0.1:0");
        Path folder = awaitFolder(resident);
        assertThat(resident.stdout()).doesNotContain("control unix:");
        resident.awaitLine("control unix:");

        assertThat(folder).doesNotExist();
        assertThat(resident.children()).isEmpty();
        assertThat(openFiles(resident)).noneMatch(name -> name.contains(FOLDER));
        assertThat(listeningPorts(resident)).as("only --status listens").isOne();
        assertThat(resident.stderr())
                .contains("rehearsed in ")
                .doesNotContain("session", "migration", "WARN", "ERROR", "job=");
        StatusPort status = StatusPort.of(resident);
        assertThat(status.sessions("/sessions/ended")).isEmpty();
        assertThat(status.metrics())
                .allSatisfy(
                        (name, value) -> {
                            if (COUNTER.matcher(name).matches()) {
                                assertThat(value).as(name).isZero();
                            }
                        })
                .containsKey("pageproxy_migrations_total{reason=\"completed\"}");
    }

    @Test
    void sigtermDuringTheRehearsalEndsItInOrder() {
        Command resident = resident("--rehearse", "60s");
        Path folder = awaitFolder(resident);
        resident.terminate();

        assertThat(resident.awaitExit()).as(resident::toString).isZero();
        assertThat(folder).doesNotExist();
        assertThat(resident.stdout()).doesNotContain("control unix:");
        assertThat(resident.stderr()).doesNotContain("WARN", "rehearsed");
    }

    @Test
    void whatAKilledOneHasLeftIsRemovedByTheNextAndWhatAnotherUserHasIsNot() throws IOException {
        Command killed = resident();
        Path folder = awaitFolder(killed);
        killed.kill();
        killed.awaitExit();
        assertThat(folder).exists();
        Path anothers = Files.createDirectory(folder.resolveSibling(FOLDER + "another"));
        lab.keep(() -> Lab.deleteTree(anothers));
        Files.createFile(anothers.resolve("lock"));
        Files.setAttribute(anothers, "unix:uid", 65_534);
        Command next = resident("--rehearse", "1ms");
        next.awaitLine("control unix:");

        assertThat(folder).doesNotExist();
        assertThat(anothers).exists();
        assertThat(next.stderr()).contains("the limit of --rehearse");
    }

    @Test
    void rehearsalThatFailsIsAWarningAndJobsAreTaken() throws IOException {
        Path programs = lab.folder("programs");
        Path cat = programs.resolve("cat");
        Files.writeString(cat, "#!/bin/sh\nexit 1\n");
        assertThat(cat.toFile().setExecutable(true)).isTrue();
        Path socket = lab.folder("control").resolve("s");
        List<String> words = new ArrayList<>(List.of("env", "PATH=" + programs + ":/usr/bin:/bin"));
        words.addAll(List.of(Pageproxy.program().toString(), "source"));
        words.addAll(lab.pki().options("source"));
        words.addAll(List.of("--control", "unix:" + socket));
        Command resident = lab.proxy("resident", words);
        resident.awaitLine("control unix:");

        assertThat(resident.stderr()).contains("WARN", "could not rehearse");
    }
}
