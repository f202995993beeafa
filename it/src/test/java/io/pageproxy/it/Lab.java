package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One test's folder and all that runs in it, from any thread. After the test the proxies are told
 * to stop, and it is asserted that they leave nothing behind: no process that names the folder, no
 * images that are neither whole nor marked.
 */
final class Lab implements BeforeEachCallback, AfterEachCallback {
    private static final Duration LEFT_BEHIND_PATIENCE = Duration.ofSeconds(10);

    private final Deque<AutoCloseable> things = new ConcurrentLinkedDeque<>();
    private final List<Command> proxies = new CopyOnWriteArrayList<>();
    private Path dir;
    private Pki pki;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        dir = Files.createTempDirectory("pageproxy-it-").toRealPath();
        pki = Pki.create(dir.resolve("pki"));
        folder("images");
    }

    /** The destination's images folder. */
    Path images() {
        return dir.resolve("images");
    }

    Pki pki() {
        return pki;
    }

    /** A folder of that name, made where it is missing. */
    Path folder(String name) {
        try {
            return Files.createDirectories(dir.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Tmpfs tmpfs(String name, long bytes) {
        return keep(Tmpfs.mount(folder("logs"), dir.resolve(name), bytes));
    }

    /** A process with so many megabytes to check, and about 10 more of its own. */
    Workload memory(String name, int megabytes) {
        return workload(name, "memory-check.pl", "" + megabytes);
    }

    /**
     * The same somewhere else.
     *
     * @param onHost the words before a command that make it run there
     */
    Workload memory(List<String> onHost, String name, int megabytes) {
        List<String> perl = new ArrayList<>(onHost);
        perl.add("perl");
        return keep(
                Workload.start(
                        folder("logs"),
                        folder(name),
                        perl,
                        "memory-check.pl",
                        List.of("" + megabytes)));
    }

    /** A Java virtual machine with so many megabytes of heap to check, and as many again. */
    Workload javaHeap(String name, int megabytes) {
        List<String> java =
                List.of(
                        "setsid",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:-UsePerfData",
                        "-Xmx" + 4 * megabytes + "m");
        return keep(
                Workload.start(
                        folder("logs"),
                        folder(name),
                        java,
                        "HeapCheck.java",
                        List.of("" + megabytes)));
    }

    Workload workload(String name, String script, String... arguments) {
        return keep(Workload.start(folder("logs"), folder(name), script, List.of(arguments)));
    }

    /** A destination that allows our source; returns when it listens. */
    Command dest(Criu criu, String... more) {
        return destIn(images(), criu.program(), more);
    }

    /** The same with another images folder, and what is said to be CRIU. */
    Command destIn(Path images, String criu, String... more) {
        Command dest = startDest(images, criu, more);
        dest.awaitLine("listening ");
        return dest;
    }

    /** The same, not waited for. */
    Command startDest(Path images, String criu, String... more) {
        List<String> words = new ArrayList<>(pki.options("dest"));
        words.addAll(List.of("--allow-dns", "source"));
        words.addAll(List.of(more));
        return proxy("dest", Pageproxy.dest(images, criu, words));
    }

    /** A source for that destination, which either starts a dumper or listens for one. */
    Command source(Command dest, String... more) {
        return source(address(dest), more);
    }

    /** The same for a destination at that address. */
    Command source(String destination, String... more) {
        List<String> words = new ArrayList<>(pki.options("source"));
        words.addAll(List.of(more));
        return proxy("source", Pageproxy.source(destination, words));
    }

    /** A source that starts a dump of the workload. */
    Command sourceDumping(Command dest, Criu criu, Workload workload, Path dump, String... more) {
        return sourceTo(address(dest), criu, workload, dump, more);
    }

    /** The same for a destination at that address. */
    Command sourceTo(String destination, Criu criu, Workload workload, Path dump, String... more) {
        List<String> words = new ArrayList<>(List.of(more));
        words.add("--");
        words.addAll(criu.dump(workload, dump));
        return source(destination, words.toArray(String[]::new));
    }

    /** A source on any free port; returns when a dumper may connect. */
    Command listeningSource(Command dest, String... more) {
        return listeningSourceTo(address(dest), more);
    }

    /** The same for a destination at that address. */
    Command listeningSourceTo(String destination, String... more) {
        List<String> words = new ArrayList<>(List.of("--listen", "127.0.0.1:0"));
        words.addAll(List.of(more));
        Command source = source(destination, words.toArray(String[]::new));
        source.awaitLine("listening ");
        return source;
    }

    /** Where it listens. */
    static String address(Command proxy) {
        return proxy.awaitLine("listening ");
    }

    /** Starts a proxy that is to end by itself or by SIGTERM before this test is over. */
    Command proxy(String name, List<String> words) {
        Command proxy = start(name, words);
        proxies.add(proxy);
        return proxy;
    }

    Command start(String name, List<String> words) {
        return keep(Command.start(folder("logs"), name, words));
    }

    /** What is to be closed after the test, in the opposite order of its start. */
    <T extends AutoCloseable> T keep(T thing) {
        things.push(thing);
        return thing;
    }

    /** Restores the workload from the images of that session, and has it check its memory. */
    void restoreAndCheck(Criu criu, Workload workload, Path dump, String session) {
        workload.awaitGone();
        criu.restore(folder("logs"), dump, images().resolve(session));
        workload.assertGood();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        boolean failed = context.getExecutionException().isPresent();
        try {
            if (failed) {
                things.forEach(thing -> System.err.println(thing));
            } else {
                endProxies();
                Images.assertNoUnmarkedHalf(dir);
            }
        } finally {
            while (!things.isEmpty()) {
                things.pop().close();
            }
            Processes.mentioning(dir.toString()).forEach(pid -> Processes.signal("KILL", pid));
            deleteTree(dir);
        }
    }

    /** The proxies end when they are told to, and no page server, dumper or other child is left. */
    private void endProxies() {
        proxies.forEach(Command::terminate);
        proxies.forEach(Command::awaitExit);
        things.stream().filter(Workload.class::isInstance).forEach(w -> ((Workload) w).close());
        await().atMost(LEFT_BEHIND_PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(Processes.mentioning(dir.toString()))
                                        .extracting(Processes::commandLine)
                                        .isEmpty());
    }

    static void deleteTree(Path top) throws IOException {
        Files.walkFileTree(
                top,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path folder, IOException e)
                            throws IOException {
                        Files.delete(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
