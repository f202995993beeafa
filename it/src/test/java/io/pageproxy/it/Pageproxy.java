package io.pageproxy.it;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Command lines of the built distribution, as an operator types them. */
final class Pageproxy {
    private static final String PROGRAM = program().toString();

    private Pageproxy() {}

    /** The launcher. */
    static Path program() {
        return Path.of(System.getProperty("it.distribution"), "bin/pageproxy").normalize();
    }

    /** Copies the distribution to a new folder, which can then be replaced. */
    static void install(Path folder) throws IOException {
        Path built = Path.of(PROGRAM).getParent().getParent();
        try (Stream<Path> files = Files.walk(built)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(built.relativize(file)), COPY_ATTRIBUTES);
            }
        }
    }

    /** The same command line with the program of another installation. */
    static List<String> installedIn(Path folder, List<String> words) {
        List<String> others = new ArrayList<>(words);
        others.set(words.indexOf(PROGRAM), folder.resolve("bin/pageproxy").toString());
        return others;
    }

    /**
     * A destination on a free port, by default on loopback, without allowed peers and certificates.
     */
    static List<String> dest(Path images, String criu, List<String> more) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "dest"));
        if (!more.contains("--listen")) {
            words.addAll(List.of("--listen", "127.0.0.1:0"));
        }
        words.addAll(List.of("--images-dir", images.toString()));
        words.addAll(List.of("--criu", criu));
        words.addAll(more);
        return words;
    }

    /** A source for a destination's address, without its certificates. */
    static List<String> source(String destination, List<String> more) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "source", "--connect", destination));
        words.addAll(more);
        return words;
    }

    /** A migration to a destination's address, without its certificates. */
    static List<String> migrate(String destination, long pid, List<String> more) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "migrate", "--connect", destination));
        words.addAll(List.of("--pid", Long.toString(pid)));
        words.addAll(more);
        return words;
    }

    /** The same of a container of runc. */
    static List<String> migrateContainer(String destination, String id, List<String> more) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "migrate", "--connect", destination));
        words.addAll(List.of("--runc", id));
        words.addAll(more);
        return words;
    }

    /** A benchmark of the pair on this machine. */
    static List<String> bench(List<String> options) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "bench"));
        words.addAll(options);
        return words;
    }
}
