package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/** A real CRIU, identified by the length of its page-server records. */
enum Criu {
    /** CRIU 4.1. */
    BYTES_24("24"),
    /** CRIU 4.2 or newer. */
    BYTES_32("32");

    /**
     * As in docs/how-to/containers.md: connects to a socket's path and executes the command, which
     * inherits the connection.
     */
    private static final String WITH_SOCKET =
            "use IO::Socket::UNIX; $^F = 255; my $s = IO::Socket::UNIX->new(Peer => shift)"
                    + " or die $!; exec @ARGV, qw(--page-server --ps-socket), $s->fileno";

    private static final ConcurrentMap<Criu, String> PROGRAMS = new ConcurrentHashMap<>();

    private final String layout;

    Criu(String layout) {
        this.layout = layout;
    }

    /** Its path; built by scripts/get-criu if missing. */
    String program() {
        return PROGRAMS.computeIfAbsent(this, Criu::get);
    }

    private static String get(Criu criu) {
        try {
            Path logs = Files.createTempDirectory("get-criu");
            Path script = Path.of(System.getProperty("it.checkout"), "scripts/get-criu");
            try (Command command =
                    Command.start(logs, "get", List.of(script.toString(), criu.layout))) {
                assertThat(command.awaitExit()).as(command::toString).isZero();
                return command.stdout().strip();
            } finally {
                Lab.deleteTree(logs);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Command line of a dump without the options of its page server. */
    List<String> dump(Workload workload, Path dir) {
        return List.of(program(), "dump", "-t", "" + workload.pid(), "-D", dir.toString());
    }

    /** Command line of a dump to a page server's port. */
    List<String> dumpTo(String address, Workload workload, Path dir) {
        int colon = address.lastIndexOf(':');
        List<String> words = new ArrayList<>(dump(workload, dir));
        words.addAll(List.of("--page-server", "--address", address.substring(0, colon)));
        words.addAll(List.of("--port", address.substring(colon + 1)));
        return words;
    }

    /** Command line of a dump to a page server's {@code unix:PATH}. */
    List<String> dumpThrough(String address, Workload workload, Path dir) {
        List<String> words = new ArrayList<>(List.of("perl", "-e", WITH_SOCKET));
        words.add(address.substring("unix:".length()));
        words.addAll(dump(workload, dir));
        return words;
    }

    /**
     * Restores like an operator: moves the other images to the pages, then restores.
     *
     * @param dump the dumper's images folder
     * @param images the page server's images folder
     */
    void restore(Path logs, Path dump, Path images) {
        copyImages(dump, images);
        try (Command restore =
                Command.start(
                        logs,
                        "restore",
                        List.of(program(), "restore", "-d", "-D", images.toString()))) {
            assertThat(restore.awaitExit()).as(restore::toString).isZero();
        }
    }

    static void copyImages(Path from, Path to) {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".img")).toList()) {
                Path target = to.resolve(file.getFileName());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
